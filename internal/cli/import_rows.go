package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/internal/intake"
)

// importRows creates the complaints. In a dry run the server is asked what it would say to each; where none can be asked
// the rows are only looked at, and that is told.
func (a *app) importRows(ctx context.Context, rows iter.Seq2[intake.Item, error], p *importProgress, dryRun bool, workers int) (intake.Progress, error) {
	c, err := a.connect()
	if dryRun && err == nil {
		_, err = c.me(ctx)
	}
	switch {
	case dryRun && err != nil:
		p.tell("note: only the file was looked at, and what a server would refuse is not told: " + explain(err, a.host))
		return a.look(ctx, rows, p)
	case err != nil:
		return intake.Progress{}, err
	}
	w := intake.Writer{Client: c.Client, Namespace: c.namespace, Parallel: workers, Total: p.total, Progress: p.show}
	if dryRun {
		w.Client = client.NewDryRunClient(c.Client)
	}
	return w.Write(ctx, rows)
}

// look reads all rows and counts those that could be imported as created.
func (a *app) look(ctx context.Context, rows iter.Seq2[intake.Item, error], p *importProgress) (intake.Progress, error) {
	done := intake.Progress{Total: p.total}
	for item, err := range rows {
		var row *intake.RowError
		if err == nil {
			if why := impossible(item, a.Clock.Now()); why != "" {
				err = &intake.RowError{File: p.file, Line: item.Line, Column: "receivedAt", Message: why}
			}
		}
		switch {
		case ctx.Err() != nil:
			return done, ctx.Err()
		case errors.As(err, &row):
			done.Last = intake.Outcome{Line: row.Line, Err: row}
			if row.Duplicate {
				done.Duplicates++
			} else {
				done.Broken++
			}
		case err != nil:
			return done, err
		default:
			done.Created++
			done.Last = intake.Outcome{Line: item.Line, Name: item.Complaint.Name, Notes: item.Notes}
		}
		done.Done++
		p.show(done)
	}
	return done, nil
}

// What the policies tocsin-time-received and tocsin-record-created say of when a complaint was received.
var (
	leeway   = 5 * time.Minute
	earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
)

// impossible says why a server would refuse the date of a row; empty: it would not.
func impossible(item intake.Item, now time.Time) string {
	at := item.Complaint.Spec.ReceivedAt
	switch {
	case at.IsZero():
		return ""
	case at.After(now.Add(leeway)):
		return fmt.Sprintf("%s lies in the future: nothing was received then; mend the date, its zone or this machine's clock", at.UTC().Format(time.RFC3339))
	case at.Time.Before(earliest):
		return fmt.Sprintf("%s lies before 1990, so the date was most likely misread", at.UTC().Format(time.RFC3339))
	}
	return ""
}
