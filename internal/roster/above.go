package roster

import "slices"

// Circle is the way from a team over its parents to a team that was passed before, that one twice, e.g. desk, house, desk;
// nil when the parents end somewhere. parents names the parent of each team that has one.
func Circle(parents map[string]string, team string) []string {
	way := []string{team}
	for parent := parents[team]; parent != ""; parent = parents[parent] {
		back := slices.Contains(way, parent)
		way = append(way, parent)
		if back {
			return way
		}
	}
	return nil
}

// Below lists the teams that have a team above them, however far up, in the order of their names; the team itself only
// when it is its own parent in a circle.
func Below(parents map[string]string, team string) []string {
	var out []string
	for name := range parents {
		var passed []string
		for t := name; t != "" && !slices.Contains(passed, t); t = parents[t] {
			passed = append(passed, t)
			if parents[t] == team {
				out = append(out, name)
				break
			}
		}
	}
	slices.Sort(out)
	return out
}
