// Package drawing draws a compiled playbook: roles as lanes, steps as boxes that follow each other downwards, blocks as
// frames. It is pure, and the same plan gives the same bytes.
//
// The lanes and their order are the playbook's, so the layout is its own: a general graph layout would move both. Steps
// are placed on a grid (place.go), arrows run between its rows and columns and never through a box (route.go), and of the
// pages tried the one with the largest print is taken (page.go).
package drawing
