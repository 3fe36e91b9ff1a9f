package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

//go:embed style.css
var style string

// HTML writes the report as one file that needs nothing else: style and picture are in it, scripts are not.
func (r Report) HTML() (string, error) {
	convert := goldmark.New(goldmark.WithExtensions(extension.Table, extension.TaskList))
	var b bytes.Buffer
	fmt.Fprintf(&b, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Post-mortem: %s</title>
<style>
%s</style>
</head>
<body>
<main>
`, html.EscapeString(plain(r.Title)), style)
	if err := convert.Convert([]byte(r.opening()), &b); err != nil {
		return "", fmt.Errorf("render the opening of the post-mortem of %s: %w", r.Name, err)
	}
	fmt.Fprintf(&b, "<figure>\n%s</figure>\n", strings.TrimPrefix(r.TimelineSVG(), svgProlog))
	if err := convert.Convert([]byte(r.body()), &b); err != nil {
		return "", fmt.Errorf("render the post-mortem of %s: %w", r.Name, err)
	}
	b.WriteString("</main>\n</body>\n</html>\n")
	return b.String(), nil
}
