package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Reads a log as c2sp.org/tlog-tiles under a head that the log and a witness signed, and proves every
// entry of it and every prefix from the tiles alone.
func checkTiles(prefix, key, witnessKey string) {
	head := get(prefix + "/checkpoint")
	logVerifier, err := note.NewVerifier(key)
	if err != nil {
		fail("verifier key", err)
	}
	witness, err := cosignature.NewVerifierForCosignatureV1(witnessKey)
	if err != nil {
		fail("witness key", err)
	}
	opened, err := note.Open(head, note.VerifierList(logVerifier, witness))
	if err != nil {
		fail("checkpoint", err)
	}
	if len(opened.Sigs) != 2 {
		fail("checkpoint", fmt.Errorf("%d of 2 signatures", len(opened.Sigs)))
	}
	for _, sig := range opened.Sigs {
		if sig.Name != witness.Name() {
			continue
		}
		if at, err := cosignature.CoSigV1Timestamp(sig); err != nil || at.Unix() <= 0 {
			fail("cosignature time", err)
		}
	}
	lines := strings.Split(opened.Text, "\n")
	var size int64
	if _, err := fmt.Sscan(lines[1], &size); err != nil {
		fail("size", err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail("root", err)
	}
	hashReader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, &tiles{prefix: prefix})
	entries := entriesOf(prefix, size)
	for index, entry := range entries {
		proof, err := tlog.ProveRecord(size, int64(index), hashReader)
		if err != nil {
			fail(fmt.Sprintf("tiles of %d", index), err)
		}
		if err := tlog.CheckRecord(proof, size, root, int64(index), tlog.RecordHash(entry)); err != nil {
			fail(fmt.Sprintf("inclusion of %d", index), err)
		}
	}
	for old := int64(1); old <= size; old += 37 {
		oldRoot, err := tlog.TreeHash(old, hashReader)
		if err != nil {
			fail(fmt.Sprintf("root of %d", old), err)
		}
		proof, err := tlog.ProveTree(size, old, hashReader)
		if err != nil {
			fail(fmt.Sprintf("growth from %d", old), err)
		}
		if err := tlog.CheckTree(proof, size, root, old, oldRoot); err != nil {
			fail(fmt.Sprintf("prefix of %d", old), err)
		}
	}
	fmt.Printf("ok %d entries of %d from tiles, cosigned by %s\n", len(entries), size, witness.Name())
}

type tiles struct{ prefix string }

func (t *tiles) Height() int { return 8 }

func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(wanted))
	for i, tile := range wanted {
		// Go's paths name the height, those of tlog-tiles have it fixed.
		read[i] = get(t.prefix + "/" + strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
	}
	return read, nil
}

func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func entriesOf(prefix string, size int64) [][]byte {
	var entries [][]byte
	for at := int64(0); at < size; at += 256 {
		tile := tlog.Tile{H: 8, L: 0, N: at / 256, W: int(min(256, size-at))}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		for bundle := get(prefix + "/" + path); len(bundle) > 0; {
			length := binary.BigEndian.Uint16(bundle)
			entries = append(entries, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	return entries
}

func get(url string) []byte {
	response, err := http.Get(url)
	if err != nil {
		fail("http", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		fail(url, fmt.Errorf("%s %v %s", response.Status, err, body))
	}
	return body
}
