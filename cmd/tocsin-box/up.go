package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func upCommand() *cobra.Command {
	return &cobra.Command{Use: "up", Short: "Run the platform in real time", RunE: func(*cobra.Command, []string) error { return errors.New("not yet") }}
}
