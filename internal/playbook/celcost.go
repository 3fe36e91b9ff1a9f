package playbook

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/types"
)

const (
	// maxCost is the most an expression may cost, estimated for the largest facts the API admits: about a millisecond.
	maxCost = 20_000
	// trackedCost is the estimate from which on the cost is counted while the expression runs. Below it the estimate
	// bounds it already and counting would take longer than the expression.
	trackedCost = 1_000
)

// programOptions are the options for a program of the given estimated cost.
func programOptions(cost uint64) []cel.ProgramOption {
	if cost < trackedCost {
		return []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	}
	return []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize, cel.OptTrackCost), cel.CostLimit(maxCost)}
}

// The bounds that the API sets to what expressions can read.
const (
	sizeName = 63  // level, outcome, category, signal: the longest of the names
	sizeText = 256 // product, place, order: free text
	sizeList = 32  // the most signals
)

// freeTexts are the fields that hold more than a name.
var freeTexts = map[string]bool{"product": true, "place": true, "order": true}

// sizes tells CEL how large the facts can be.
type sizes struct{}

// EstimateSize implements checker.CostEstimator.
func (sizes) EstimateSize(node checker.AstNode) *checker.SizeEstimate {
	switch node.Type().Kind() {
	case types.StructKind:
		return &checker.SizeEstimate{Min: 1, Max: 1} // compared by identity
	case types.StringKind:
		if path := node.Path(); len(path) > 0 && freeTexts[path[len(path)-1]] {
			return &checker.SizeEstimate{Max: sizeText}
		} else if len(path) > 0 {
			return &checker.SizeEstimate{Max: sizeName}
		}
	case types.ListKind:
		if len(node.Path()) > 0 {
			return &checker.SizeEstimate{Max: sizeList}
		}
	}
	return nil
}

// EstimateCallCost implements checker.CostEstimator.
func (sizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}
