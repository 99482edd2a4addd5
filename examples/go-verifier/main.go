// Verifies a recording of a Daybook ledger and shares no code with it:
//
//	verifier <name>.ndjson <name>.checkpoint <verifier key, or the file that holds it>
//
// It checks that the entries are those under the signed head (RFC 6962 tree, C2SP checkpoint), and that
// every signed entry is its author's. Exit status 1 and the reason where one of them does not hold.
package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: %s <name>.ndjson <name>.checkpoint <verifier key or its file>", os.Args[0]))
	}
	ndjson, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		fail(err)
	}
	key := os.Args[3]
	if held, err := os.ReadFile(key); err == nil {
		key = strings.TrimSpace(string(held))
	}
	head, err := openCheckpoint(key, string(text))
	if err != nil {
		fail(fmt.Errorf("checkpoint: %w", err))
	}
	signatures, err := verifyRecording(ndjson, head)
	if err != nil {
		fail(err)
	}
	fmt.Printf("ok %d entries, %d signatures, root %v\n", head.size, signatures, head.root)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
