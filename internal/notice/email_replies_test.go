package notice_test

import (
	"net"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

// A server whose greeting has no end costs neither memory nor the whole timeout.
func TestAMailServerThatDoesNotStopTalking(t *testing.T) {
	g := NewWithT(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = l.Close() })
	var said atomic.Int64
	hungUp := make(chan struct{})
	go func() {
		defer close(hungUp)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		line := make([]byte, 64<<10)
		for i := range line {
			line[i] = 'A'
		}
		copy(line, "220-")
		for {
			n, err := conn.Write(line)
			said.Add(int64(n))
			if err != nil {
				return
			}
		}
	}()
	address := l.Addr().(*net.TCPAddr)
	channel := &v1alpha1.NoticeChannel{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "mail", UID: "ch", Generation: 1},
		Spec: v1alpha1.NoticeChannelSpec{Timeout: "30s", Email: &v1alpha1.EmailChannel{Host: "127.0.0.1", Port: int32(address.Port), From: "tocsin@example.org", TLS: v1alpha1.TLSNone}}}

	r := notice.NewEmail().Send(t.Context(), channel, notice.Credentials{}, message("li@example.com"))

	<-hungUp
	g.Expect(r.Fate).To(Equal(notice.NotSent), r.Problem)
	g.Expect(said.Load()).To(BeNumerically("<", 64<<20))
}
