// Verifies with Go's own packages what Daybook signs and proves: the checkpoint with sumdb/note,
// inclusion and consistency with sumdb/tlog. Reads one JSON document on standard input, or, as
// "tiles <url> <verifier key> <witness key>", a log over HTTP (tiles.go); prints "ok" or says what
// fails and exits 1.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Index int64    `json:"index"`
	Entry []byte   `json:"entry"`
	Path  [][]byte `json:"path"`
}

type prefix struct {
	Size int64    `json:"size"`
	Root []byte   `json:"root"`
	Path [][]byte `json:"path"`
}

type input struct {
	Key        string      `json:"key"`
	Checkpoint string      `json:"checkpoint"`
	Inclusions []inclusion `json:"inclusions"`
	Prefixes   []prefix    `json:"prefixes"`
}

func main() {
	if len(os.Args) == 5 && os.Args[1] == "tiles" {
		checkTiles(os.Args[2], os.Args[3], os.Args[4])
		return
	}
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		fail("input", err)
	}
	verifier, err := note.NewVerifier(in.Key)
	if err != nil {
		fail("verifier key", err)
	}
	opened, err := note.Open([]byte(in.Checkpoint), note.VerifierList(verifier))
	if err != nil {
		fail("checkpoint", err)
	}
	var size int64
	lines := strings.Split(opened.Text, "\n")
	if _, err := fmt.Sscan(lines[1], &size); err != nil {
		fail("size", err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail("root", err)
	}
	for _, one := range in.Inclusions {
		leaf := tlog.RecordHash(one.Entry)
		if err := tlog.CheckRecord(hashes(one.Path), size, root, one.Index, leaf); err != nil {
			fail(fmt.Sprintf("inclusion of %d", one.Index), err)
		}
	}
	for _, one := range in.Prefixes {
		old := hashes([][]byte{one.Root})[0]
		if err := tlog.CheckTree(hashes(one.Path), size, root, one.Size, old); err != nil {
			fail(fmt.Sprintf("prefix of %d", one.Size), err)
		}
	}
	fmt.Printf("ok %d inclusions, %d prefixes of %d\n", len(in.Inclusions), len(in.Prefixes), size)
}

func hashes(all [][]byte) []tlog.Hash {
	out := make([]tlog.Hash, len(all))
	for i, bytes := range all {
		if len(bytes) != tlog.HashSize {
			fail("hash", fmt.Errorf("%d bytes", len(bytes)))
		}
		copy(out[i][:], bytes)
	}
	return out
}

func fail(what string, err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
	os.Exit(1)
}
