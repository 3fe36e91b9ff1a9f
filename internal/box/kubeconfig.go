package box

import (
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// contextName is how the box is called in the kubeconfigs it writes.
const contextName = "tocsin-box"

// WriteKubeconfig writes a kubeconfig for the user, with everything in it, readable by its owner only.
func (b *Box) WriteKubeconfig(path, user string, groups ...string) error {
	config, err := b.User(user, groups...)
	if err != nil {
		return err
	}
	file := clientcmdapi.NewConfig()
	file.Clusters[contextName] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	file.AuthInfos[user] = &clientcmdapi.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	file.Contexts[contextName] = &clientcmdapi.Context{Cluster: contextName, AuthInfo: user}
	file.CurrentContext = contextName
	content, err := clientcmd.Write(*file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return writeFile(path, content)
}
