# make demo: the whole story, start to finish. make help: everything else.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

IMAGE ?= tocsin-manager:dev
KUBECTL ?= kubectl
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# Tools are built once for each state of their module and shared by every checkout.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/tocsin
TOOLS := $(CACHE)/tools/$(shell cat hack/tools/go.mod hack/tools/go.sum hack/tools/*/*.go | git hash-object --stdin)
GOLANGCI_LINT := $(TOOLS)/golangci-lint
ACTIONLINT := $(TOOLS)/actionlint
CONTROLLER_GEN := $(TOOLS)/controller-gen
KUSTOMIZE := $(TOOLS)/kustomize

##@ Try it

.PHONY: help
help: ## This list.
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: controlplane bin/tocsin-box ## The main job in time-lapse, on a control plane of its own. DEMO_CSV=file: your complaints.
	@exec env DEMO_CSV="$${DEMO_CSV:-}" bin/tocsin-box demo

.PHONY: run
run: controlplane bin/tocsin-box ## The same platform in real time, its data kept in .tocsin/, until Ctrl-C.
	@exec bin/tocsin-box up

.PHONY: deploy
deploy: $(KUSTOMIZE) ## Install into the cluster of your kubeconfig. IMAGE=where you pushed the image.
	@overlay=$$(mktemp -d .tocsin-deploy.XXXXXX); trap 'rm -rf "$$overlay"' EXIT; \
	printf 'resources: [../config/default]\n' >"$$overlay/kustomization.yaml"; \
	(cd "$$overlay" && $(KUSTOMIZE) edit set image tocsin-manager=$(IMAGE)); \
	$(KUSTOMIZE) build "$$overlay" | $(KUBECTL) apply --server-side -f -

##@ Work on it

.PHONY: generate
generate: $(CONTROLLER_GEN) ## Deep-copy functions of the API types.
	@$(CONTROLLER_GEN) object paths=./api/...

.PHONY: manifests
manifests: $(CONTROLLER_GEN) ## Custom resource definitions from the API types, and the schema of PolicyTest files.
	@$(CONTROLLER_GEN) crd paths=./api/... output:crd:artifacts:config=config/crd/bases
	@$(CONTROLLER_GEN) crd paths=./internal/policytest output:crd:artifacts:config=internal/policytest/schema

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the Go code.
	@$(GOLANGCI_LINT) fmt

.PHONY: lint
lint: $(GOLANGCI_LINT) $(ACTIONLINT) ## Every linter of .golangci.yml, and the workflow for pull requests.
	@$(GOLANGCI_LINT) run
	@$(ACTIONLINT) -shellcheck= -pyflakes= config/ci/policy-check.yaml

.PHONY: verify
verify: ## Regenerate and tidy; fail if that changes what is committed.
	@$(MAKE) generate manifests
	@for module in . hack/controlplane hack/tools; do (cd $$module && go mod tidy -diff); done
	@changed=$$(git status --porcelain -- 'api/**/zz_generated.*' config/crd/bases internal/policytest/schema); \
	if [ -n "$$changed" ]; then \
	  git --no-pager diff -- 'api/**/zz_generated.*' config/crd/bases internal/policytest/schema; \
	  printf 'Generated files are not what is committed:\n%s\n' "$$changed" >&2; exit 1; \
	fi

.PHONY: test
test: controlplane ## Every test, those that need an API server included. TESTFLAGS=more for go test.
	go test $(TESTFLAGS) ./...

.PHONY: prove
prove: ## The proofs against slow, obviously right searches on thousands of random small playbooks. PROVE=a third of how many.
	go test -count=1 -timeout 3h -v -run Oracle ./internal/soundness ./internal/staffing -rapid.checks=$(or $(PROVE),1000)

.PHONY: bench
bench: controlplane ## What it costs, against a bare client on the same control plane: a table and bench.json. BENCHFLAGS="-n 100 -many 0": less.
	go run ./test/bench $(BENCHFLAGS)

.PHONY: race
race: controlplane ## The same under the race detector (needs a C compiler).
	CGO_ENABLED=1 go test -race $(TESTFLAGS) ./...

.PHONY: crash
crash: controlplane ## The manager dies at every write, is killed, left alone. CRASH=one case, CRASH_SEED=n for the kills.
	cd test/crash && CRASH_ALL=1 CRASH='$(CRASH)' CRASH_SEED='$(CRASH_SEED)' go test -count=1 -timeout 3h -run '$(if $(CRASH),TestCutOffAtEveryWrite,.)'

.PHONY: build
build: ## Every command, into bin/.
	go build -o bin/ ./cmd/...
	@ln -sf kubectl-tocsin bin/kubectl_complete-tocsin # what kubectl asks to complete "kubectl tocsin"

.PHONY: image
image: ## The manager's container image. IMAGE=name.
	docker build --build-arg VERSION=$(VERSION) --tag $(IMAGE) .

.PHONY: controlplane
controlplane: ## etcd and Kubernetes from source: 5 to 20 minutes once, nothing after that.
	@cd hack/controlplane && go run ./build >/dev/null

.PHONY: tools
tools: $(GOLANGCI_LINT) $(CONTROLLER_GEN) $(KUSTOMIZE) ## The tools of hack/tools, at the versions pinned there.

.PHONY: clean
clean: ## Remove what was built here. The caches and the data in .tocsin/ stay.
	rm -rf bin

# The go command knows better than make whether a program is up to date.
.PHONY: FORCE
bin/%: FORCE
	@echo "Compiling $*; the first time takes a few minutes."
	@go build -o $@ ./cmd/$*

# tool builds package $(1) of hack/tools; whole or not at all, also with two makes at once.
define tool
	@echo "Building $(notdir $@), once."
	@mkdir -p $(TOOLS)
	@cd hack/tools && CGO_ENABLED=0 go build -trimpath -o $@.$$$$ $(1) && mv $@.$$$$ $@
endef

$(GOLANGCI_LINT):
	$(call tool,./golangci-lint)

$(ACTIONLINT):
	$(call tool,github.com/rhysd/actionlint/cmd/actionlint)

$(CONTROLLER_GEN):
	$(call tool,sigs.k8s.io/controller-tools/cmd/controller-gen)

$(KUSTOMIZE):
	$(call tool,sigs.k8s.io/kustomize/kustomize/v5)
