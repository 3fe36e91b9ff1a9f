package engine

import (
	"reflect"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// TestSameStepSeesEveryField: a field that it forgot could change without the run being written.
func TestSameStepSeesEveryField(t *testing.T) {
	g := NewWithT(t)
	var as v1alpha1.StepState
	for i := range reflect.TypeOf(as).NumField() {
		other := as
		field, name := reflect.ValueOf(&other).Elem().Field(i), reflect.TypeOf(as).Field(i).Name
		switch field.Kind() {
		case reflect.String:
			field.SetString("x")
		case reflect.Int32, reflect.Int64:
			field.SetInt(1)
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		default:
			field.Set(reflect.ValueOf(metav1.NewTime(time.Unix(1, 0))))
		}
		g.Expect(sameStep(&as, &other)).To(BeFalse(), name)
		again := other
		g.Expect(sameStep(&again, &other)).To(BeTrue(), name)
	}
}
