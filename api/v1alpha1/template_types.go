package v1alpha1

// Template is a text in one or more locales. Subject and body are Go text/template over the notice data
// (docs/spec/playbook.md); personal data is masked unless `personalData: Clear` and the audience is the complainant.
type Template struct {
	// name is how steps refer to the template.
	// +required
	Name Identifier `json:"name,omitempty"`

	// personalData says how the complainant's name and contact appear. Default: Masked.
	// +optional
	PersonalData PersonalData `json:"personalData,omitempty"`

	// texts holds one text a locale; the recipient's locale is used, else the first.
	// +required
	// +listType=map
	// +listMapKey=locale
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Texts []TemplateText `json:"texts,omitempty"`
}

// PersonalData says how personal data appears in a notice.
// +kubebuilder:validation:Enum=Masked;Clear
type PersonalData string

// How personal data appears in a notice.
const (
	PersonalDataMasked PersonalData = "Masked"
	PersonalDataClear  PersonalData = "Clear"
)

// Locale is the language of a text.
// +kubebuilder:validation:Enum=en;zh-CN
type Locale string

// The locales the product ships texts in.
const (
	LocaleEnglish Locale = "en"
	LocaleChinese Locale = "zh-CN"
)

// TemplateText is a template in one language.
type TemplateText struct {
	// locale is the language of the text.
	// +required
	Locale Locale `json:"locale,omitempty"`

	// subject is the subject line, one line of at most 200 characters when rendered.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Subject string `json:"subject,omitempty"`

	// body is the text, plain with Markdown allowed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=8192
	Body string `json:"body,omitempty"`
}
