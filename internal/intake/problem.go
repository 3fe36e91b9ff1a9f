package intake

import "fmt"

// RowError is what is wrong with one row; the rows after it are read all the same.
type RowError struct {
	// File is the name of the file.
	File string
	// Line is the line the row begins at, from 1.
	Line int
	// Column says where in the row: a field of the mapping, e.g. fields.statement, or a place, e.g. "column 5"; empty:
	// the row as a whole.
	Column string
	// Message says what is wrong and what to do. It holds nothing that the row says.
	Message string
	// Duplicate is true when the row is the same record as an earlier one, and nothing is lost by leaving it out.
	Duplicate bool
}

// Error implements error.
func (e *RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
	}
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Column, e.Message)
}

// FileError is why a file cannot be read, or not any further.
type FileError struct {
	// File is the name of the file.
	File string
	// Message says what is wrong and what to do.
	Message string
	// Err is the cause, if there is another one.
	Err error
}

// Error implements error.
func (e *FileError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.File, e.Message, e.Err)
	}
	return e.File + ": " + e.Message
}

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Err }
