// Package roster says who can take a duty at a moment, who stands in, and who is in a team.
//
// # The order in which people are asked
//
// Candidates lists everybody who can take a duty, the one to ask first at the front:
//
//  1. The members of the team who hold the duty: whoever is on call by the team's rotation first, the others in the order of the list. Where the team's selection is Spread, the list
//     is turned so that it begins at a member chosen by the seed: the same seed always begins at the same member, and
//     different seeds spread evenly. Somebody who is away is left out, and their deputies come right there in their place.
//  2. The deputies of the holders who are there, or who are excluded: nobody else of the team is left when all its holders
//     decline or are the very people complained about.
//  3. The same for the parent team, and its parent, and so on. Teams that are each other's parents are asked once.
//
// A deputy need not hold the duty: being named is what entitles them. Deputies who are away themselves are left out; their
// own deputies do not follow. Nobody excluded is ever listed, nobody away either, and nobody twice.
//
// An absence belongs to the person, not to the place in a team: who is away in one team is away in all of them.
package roster
