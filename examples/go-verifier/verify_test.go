package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// read gives the golden vectors of a name, which the TypeScript code wrote.
func read(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile("../../fixtures/vectors/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func written(value any) (string, error) {
	var out strings.Builder
	err := canonical(&out, value)
	return out.String(), err
}

func TestCanonicalForm(t *testing.T) {
	var cases struct {
		Numbers  []struct{ Bits, Text string }
		Accepted []struct{ JSON, Canonical string }
		Refused  []struct{ JSON string }
	}
	read(t, "canonical-json", &cases)
	for _, one := range cases.Numbers {
		bits, _ := strconv.ParseUint(one.Bits, 16, 64)
		if got, err := written(math.Float64frombits(bits)); got != one.Text || err != nil {
			t.Errorf("%s: %s, not %s (%v)", one.Bits, got, one.Text, err)
		}
	}
	for _, one := range cases.Accepted {
		value, err := parseJSON([]byte(one.JSON), 64)
		if err != nil {
			t.Errorf("%s: %v", one.JSON, err)
		}
		if got, err := written(value); got != one.Canonical || err != nil {
			t.Errorf("%s: %s, not %s (%v)", one.JSON, got, one.Canonical, err)
		}
	}
	for _, one := range cases.Refused {
		if _, err := parseJSON([]byte(one.JSON), 64); err == nil {
			t.Errorf("%s was read", one.JSON)
		}
	}
}

func TestKeysAndSignatures(t *testing.T) {
	var cases struct {
		Keys        []struct{ Actor string }
		RefusedKeys []struct{ Text string }
		Signatures  []struct {
			Actor              string
			Message, Signature []byte
			Verifies           bool
		}
	}
	read(t, "keys", &cases)
	for _, one := range cases.Keys {
		if _, err := publicKey(one.Actor); err != nil {
			t.Errorf("%s: %v", one.Actor, err)
		}
	}
	for _, one := range cases.RefusedKeys {
		if _, err := publicKey(one.Text); err == nil {
			t.Errorf("%q was taken for a key", one.Text)
		}
	}
	for i, one := range cases.Signatures {
		key, err := publicKey(one.Actor)
		fits := err == nil && ed25519.Verify(key, one.Message, one.Signature)
		if fits != one.Verifies {
			t.Errorf("signature %d: %v", i, fits)
		}
	}
}

func TestStatements(t *testing.T) {
	var cases struct {
		Statements []struct {
			Statement map[string]any
			Bytes     []byte
			Sig       string
			Verifies  bool
		}
	}
	read(t, "statements", &cases)
	for i, one := range cases.Statements {
		said, err := statement(one.Statement)
		if string(said) != string(one.Bytes) || err != nil {
			t.Errorf("statement %d: %s (%v)", i, said, err)
		}
		if verifyStatement(one.Statement, one.Sig) != one.Verifies {
			t.Errorf("statement %d: not %v", i, one.Verifies)
		}
	}
}

func TestEntries(t *testing.T) {
	var cases struct {
		Accepted []struct {
			Line, Actor, Type, Leaf string
			Verifies                *bool
		}
		Refused []struct {
			Line []byte
			Code string
		}
	}
	read(t, "entries", &cases)
	for _, one := range cases.Accepted {
		entry, err := decodeEntry([]byte(one.Line))
		if err != nil {
			t.Errorf("%s: %v", one.Line, err)
			continue
		}
		if entry["actor"] != one.Actor || entry["type"] != one.Type {
			t.Errorf("another entry: %s", one.Line)
		}
		sig, signed := entry["sig"].(string)
		if signed != (one.Verifies != nil) || signed && verifyStatement(entry, sig) != *one.Verifies {
			t.Errorf("another signature: %s", one.Line)
		}
		if leaf := tlog.RecordHash([]byte(one.Line)); leaf.String() != one.Leaf {
			t.Errorf("another leaf: %s", one.Line)
		}
	}
	for _, one := range cases.Refused {
		if _, err := decodeEntry(one.Line); err == nil {
			t.Errorf("%s: this was read: %s", one.Code, one.Line)
		}
	}
}

func hashesOf(t *testing.T, texts ...[]byte) []tlog.Hash {
	hashes := make([]tlog.Hash, len(texts))
	for i, text := range texts {
		if len(text) != tlog.HashSize {
			return nil
		}
		copy(hashes[i][:], text)
	}
	return hashes
}

func TestTreeAndProofs(t *testing.T) {
	var cases struct {
		Leaves    [][]byte
		Roots     []string
		Inclusion []struct {
			Leaf, Root  []byte
			Path        [][]byte
			Index, Size int64
			Holds       bool
		}
		Consistency []struct {
			OldRoot, NewRoot []byte
			Path             [][]byte
			OldSize, NewSize int64
			Holds            bool
		}
	}
	read(t, "tree", &cases)
	var grown tree
	for size, root := range cases.Roots {
		if got := grown.root().String(); got != root {
			t.Errorf("root of %d: %s, not %s", size, got, root)
		}
		if size < len(cases.Leaves) {
			grown.add(cases.Leaves[size])
		}
	}
	for i, one := range cases.Inclusion {
		path := hashesOf(t, one.Path...)
		if path == nil && len(one.Path) > 0 {
			if one.Holds {
				t.Errorf("inclusion %d: no hashes", i)
			}
			continue
		}
		ends := hashesOf(t, one.Leaf, one.Root)
		err := tlog.CheckRecord(path, one.Size, ends[1], one.Index, ends[0])
		if (err == nil) != one.Holds {
			t.Errorf("inclusion %d: %v", i, err)
		}
	}
	for i, one := range cases.Consistency {
		// Go's check begins at one record: an empty tree is in every one.
		if one.OldSize == 0 {
			continue
		}
		ends := hashesOf(t, one.OldRoot, one.NewRoot)
		err := tlog.CheckTree(hashesOf(t, one.Path...), one.NewSize, ends[1], one.OldSize, ends[0])
		if (err == nil) != one.Holds {
			t.Errorf("consistency %d: %v", i, err)
		}
	}
}

func TestCheckpoints(t *testing.T) {
	var cases struct {
		Notes []struct {
			VerifierKey, Note, Code string
			Checkpoint              *struct {
				Size int64
				Root []byte
			}
		}
	}
	read(t, "checkpoints", &cases)
	for i, one := range cases.Notes {
		head, err := openCheckpoint(one.VerifierKey, one.Note)
		if one.Checkpoint == nil {
			if err == nil {
				t.Errorf("note %d was opened: %s", i, one.Code)
			}
			continue
		}
		root := base64.StdEncoding.EncodeToString(one.Checkpoint.Root)
		if err != nil || head.size != one.Checkpoint.Size || head.root.String() != root {
			t.Errorf("note %d: %v %v", i, head, err)
		}
	}
}
