package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A JSON value: nil, bool, float64, string, []any or map[string]any.
var (
	errTwice = errors.New("an object names one member twice")
	errHalf  = errors.New("a string holds half a surrogate pair")
)

// parseJSON is strict where encoding/json is not: no member twice, no half of a surrogate pair, no
// number beyond a double, nothing behind the value, at most depth levels of arrays and objects.
func parseJSON(text []byte, depth int) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	if hasHalfPair(text) {
		return nil, errHalf
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := parseValue(decoder, depth)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("more than one value")
	}
	return value, nil
}

func parseValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Number:
		return strconv.ParseFloat(string(token), 64)
	case json.Delim:
		if depth == 0 {
			return nil, errors.New("nested too deep")
		}
		if token == '[' {
			list := []any{}
			for decoder.More() {
				item, err := parseValue(decoder, depth-1)
				if err != nil {
					return nil, err
				}
				list = append(list, item)
			}
			_, err = decoder.Token()
			return list, err
		}
		object := map[string]any{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			if _, there := object[name.(string)]; there {
				return nil, errTwice
			}
			if object[name.(string)], err = parseValue(decoder, depth-1); err != nil {
				return nil, err
			}
		}
		_, err = decoder.Token()
		return object, err
	}
	return token, nil
}

// hasHalfPair looks for \uD800..\uDFFF escapes without their other half: encoding/json replaces them.
func hasHalfPair(text []byte) bool {
	unit := func(at int) rune {
		if at+6 > len(text) || text[at] != '\\' || text[at+1] != 'u' {
			return -1
		}
		value, err := strconv.ParseUint(string(text[at+2:at+6]), 16, 16)
		if err != nil {
			return -1
		}
		return rune(value)
	}
	for at := 0; at < len(text); at++ {
		if text[at] != '\\' {
			continue
		}
		if first := unit(at); first >= 0xd800 && first < 0xe000 {
			if utf16.DecodeRune(first, unit(at+6)) == utf8.RuneError {
				return true
			}
			at += 10
		}
		at++
	}
	return false
}

// canonical writes a value as RFC 8785 has it.
func canonical(out *strings.Builder, value any) error {
	switch value := value.(type) {
	case nil:
		out.WriteString("null")
	case bool:
		out.WriteString(strconv.FormatBool(value))
	case float64:
		return number(out, value)
	case string:
		quote(out, value)
	case []any:
		for i, item := range value {
			out.WriteByte("[,"[min(i, 1)])
			if err := canonical(out, item); err != nil {
				return err
			}
		}
		out.WriteString("[]"[min(len(value), 1):])
	case map[string]any:
		names := make([]string, 0, len(value))
		for name := range value {
			names = append(names, name)
		}
		slices.SortFunc(names, func(a, b string) int {
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		})
		for i, name := range names {
			out.WriteByte("{,"[min(i, 1)])
			quote(out, name)
			out.WriteByte(':')
			if err := canonical(out, value[name]); err != nil {
				return err
			}
		}
		out.WriteString("{}"[min(len(value), 1):])
	default:
		return fmt.Errorf("JSON has no %T", value)
	}
	return nil
}

// number as ECMAScript prints a double.
func number(out *strings.Builder, value float64) error {
	if math.IsInf(value, 0) || math.IsNaN(value) {
		return errors.New("a number is outside the range of a double")
	}
	format := byte('f')
	if size := math.Abs(value); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	text := strconv.FormatFloat(value+0, format, -1, 64)
	if value == 0 {
		text = "0"
	}
	// Go writes exponents with two digits at least.
	text = strings.Replace(strings.Replace(text, "e-0", "e-", 1), "e+0", "e+", 1)
	out.WriteString(text)
	return nil
}

const shortEscapes = "\"\"\\\\\bb\ff\nn\rr\tt"

func quote(out *strings.Builder, text string) {
	out.WriteByte('"')
	for _, c := range text {
		at := strings.IndexRune(shortEscapes, c)
		switch {
		case c < utf8.RuneSelf && at >= 0 && at%2 == 0:
			out.WriteByte('\\')
			out.WriteByte(shortEscapes[at+1])
		case c < ' ':
			fmt.Fprintf(out, "\\u%04x", c)
		default:
			out.WriteRune(c)
		}
	}
	out.WriteByte('"')
}
