package cli

import (
	"context"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/config"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/gate"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/simulation"
)

// guarded is a simulation in which the admission policies are asked before somebody acts on a record, as in a cluster.
func guarded(ctx context.Context, p *pack.Pack, cast *simulation.Cast) (*simulation.Play, error) {
	policies, err := gate.Load(config.Files, "admission")
	if err != nil {
		return nil, err
	}
	play := simulation.New(p, cast)
	play.May = func(record casework.Record, act v1alpha1.RecordAct) (string, error) {
		return policies.Refused(ctx, gate.OnRecord(record, act))
	}
	return play, nil
}
