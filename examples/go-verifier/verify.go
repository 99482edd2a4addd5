package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const maxEntryBytes, maxEntryDepth = 256 * 1024, 64

// The attributes of an entry; an optional one begins with "?".
var attributes = map[string]*regexp.Regexp{
	"specversion":     regexp.MustCompile(`^1\.0$`),
	"id":              regexp.MustCompile(`^[!-~]{1,128}$`),
	"source":          regexp.MustCompile(`^/ledgers/[a-z0-9][a-z0-9-]{0,63}$`),
	"type":            regexp.MustCompile(`^daybook\.[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*\.v[1-9][0-9]{0,3}$`),
	"subject":         regexp.MustCompile(`^[!-~]{1,256}$`),
	"time":            regexp.MustCompile(`^(19[7-9]|[2-9]\d\d)\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`),
	"datacontenttype": regexp.MustCompile(`^application/json$`),
	"sequence":        regexp.MustCompile(`^[0-9]{16}$`),
	"actor":           regexp.MustCompile(`^U[A-Z2-7]{55}$`),
	"commandid":       regexp.MustCompile(`^[!-~]{1,128}$`),
	"?causationid":    regexp.MustCompile(`^[!-~]{1,128}$`),
	"?traceparent":    regexp.MustCompile(`^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`),
	"?sig":            regexp.MustCompile(`^[A-Za-z0-9+/]{85}[AQgw]==$`),
}

// decodeEntry takes a line apart, strictly: what our own reader refuses, this one refuses.
func decodeEntry(line []byte) (map[string]any, error) {
	if len(line) > maxEntryBytes || bytes.ContainsAny(line, "\r\n") {
		return nil, errors.New("too long, or more than one line")
	}
	value, err := parseJSON(line, maxEntryDepth)
	if err != nil {
		return nil, err
	}
	entry, isObject := value.(map[string]any)
	if !isObject {
		return nil, errors.New("not an object")
	}
	known := 1
	for name, format := range attributes {
		name, optional := strings.CutPrefix(name, "?")
		found, there := entry[name]
		text, _ := found.(string)
		if there && !format.MatchString(text) || !there && !optional {
			return nil, fmt.Errorf("attribute %s: %v", name, found)
		}
		if there {
			known++
		}
	}
	if _, isObject := entry["data"].(map[string]any); !isObject || known != len(entry) {
		return nil, errors.New("no data, or an unknown attribute")
	}
	if _, err := time.Parse("2006-01-02T15:04:05.000Z", entry["time"].(string)); err != nil {
		return nil, err
	}
	if sequence, _ := strconv.ParseInt(entry["sequence"].(string), 10, 64); sequence >= 1<<53 {
		return nil, errors.New("attribute sequence: beyond 2^53")
	}
	_, err = publicKey(entry["actor"].(string))
	return entry, err
}

// Points whose order divides 8, sign bit cleared: a signature by them binds to no message.
var smallOrder = map[string]bool{
	"0000000000000000000000000000000000000000000000000000000000000000": true,
	"0100000000000000000000000000000000000000000000000000000000000000": true,
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05": true,
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a": true,
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f": true,
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f": true,
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f": true,
}

var encoding32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// publicKey reads the NKey of a user: base32(20 << 3 || 32 bytes || CRC-16/XMODEM, little endian).
func publicKey(actor string) (ed25519.PublicKey, error) {
	raw, err := encoding32.DecodeString(actor)
	if err != nil || len(raw) != 35 || encoding32.EncodeToString(raw) != actor || raw[0] != 20<<3 {
		return nil, errors.New("not the public key of a user")
	}
	crc := uint16(0)
	for _, b := range raw[:33] {
		crc ^= uint16(b) << 8
		for range 8 {
			crc = crc<<1 ^ 0x1021*(crc>>15)
		}
	}
	if crc != uint16(raw[33])|uint16(raw[34])<<8 {
		return nil, errors.New("the checksum of a key does not fit")
	}
	y := bytes.Clone(raw[1:33])
	y[31] &= 0x7f
	if smallOrder[hex.EncodeToString(y)] {
		return nil, errors.New("the key is a point of small order")
	}
	return raw[1:33], nil
}

// statement is what the author of an entry signs.
func statement(entry map[string]any) ([]byte, error) {
	signed := map[string]any{}
	for _, name := range []string{"actor", "commandid", "data", "source", "subject", "type"} {
		signed[name] = entry[name]
	}
	var out strings.Builder
	out.WriteString("daybook.statement.v1\n")
	err := canonical(&out, signed)
	return []byte(out.String()), err
}

// verifyStatement: whether sig (base64) is the author's.
func verifyStatement(entry map[string]any, sig string) bool {
	signature, err := base64.StdEncoding.Strict().DecodeString(sig)
	if err != nil || len(signature) != ed25519.SignatureSize {
		return false
	}
	key, err := publicKey(entry["actor"].(string))
	if err != nil {
		return false
	}
	said, err := statement(entry)
	return err == nil && ed25519.Verify(key, said, signature)
}

type checkpoint struct {
	size int64
	root tlog.Hash
}

var sizeFormat = regexp.MustCompile(`^(0|[1-9][0-9]{0,15})$`)

// openCheckpoint: the head that this key signed, for the origin that is the key's name.
func openCheckpoint(verifierKey, text string) (checkpoint, error) {
	verifier, err := note.NewVerifier(verifierKey)
	if err != nil {
		return checkpoint{}, err
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return checkpoint{}, err
	}
	lines := strings.Split(strings.TrimSuffix(opened.Text, "\n"), "\n")
	if len(lines) < 3 || lines[0] != verifier.Name() || !sizeFormat.MatchString(lines[1]) {
		return checkpoint{}, errors.New("not a checkpoint of this origin")
	}
	size, _ := strconv.ParseInt(lines[1], 10, 64)
	root, err := tlog.ParseHash(lines[2])
	if size >= 1<<53 {
		err = errors.New("size is beyond 2^53")
	}
	return checkpoint{size, root}, err
}

// tree is an RFC 6962 tree that grows, kept as x/mod stores one.
type tree struct {
	size   int64
	hashes []tlog.Hash
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = t.hashes[index]
	}
	return found, nil
}

func (t *tree) add(line []byte) {
	hashes, err := tlog.StoredHashes(t.size, line, t)
	if err != nil {
		panic(err)
	}
	t.hashes, t.size = append(t.hashes, hashes...), t.size+1
}

func (t *tree) root() tlog.Hash {
	root, err := tlog.TreeHash(t.size, t)
	if err != nil {
		panic(err)
	}
	return root
}

// verifyRecording: that the entries are those under the signed head, and each signed one its author's.
func verifyRecording(ndjson []byte, head checkpoint) (signatures int, err error) {
	if len(ndjson) > 0 && ndjson[len(ndjson)-1] != '\n' {
		return 0, errors.New("the last line has no newline")
	}
	var grown tree
	for line := range bytes.Lines(ndjson) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		entry, err := decodeEntry(line)
		if err != nil {
			return 0, fmt.Errorf("entry %d: %w", grown.size, err)
		}
		if sequence, _ := strconv.ParseInt(entry["sequence"].(string), 10, 64); sequence != grown.size {
			return 0, fmt.Errorf("entry %d stands where %d should", sequence, grown.size)
		}
		if sig, signed := entry["sig"].(string); signed {
			if !verifyStatement(entry, sig) {
				return 0, fmt.Errorf("entry %d: the signature is not its author's", grown.size)
			}
			signatures++
		}
		grown.add(line)
	}
	if grown.size != head.size || grown.root() != head.root {
		return 0, fmt.Errorf("%d entries under %v, not the %d under %v that were signed",
			grown.size, grown.root(), head.size, head.root)
	}
	return signatures, nil
}
