package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A JSON value is nil, bool, float64, string, []any or map[string]any.

// parseJSON is strict where encoding/json is not: no member twice, no half of a surrogate pair, no
// number beyond a double, nothing behind the value, at most depth levels of arrays and objects.
func parseJSON(text []byte, depth int) (any, error) {
	if !utf8.Valid(text) || hasHalfPair(text) {
		return nil, errors.New("not UTF-8, or half a surrogate pair")
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
				return nil, errors.New("an object names one member twice")
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

// escapes of a string, one by one: a surrogate pair, half of one, or any other.
var escapes = regexp.MustCompile(`\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[dD][89a-fA-F]..|\\.`)

// hasHalfPair: encoding/json would put another character in the place of the half.
func hasHalfPair(text []byte) bool {
	return slices.ContainsFunc(escapes.FindAll(text, -1), func(one []byte) bool { return len(one) == len(`\ud800`) })
}

// canonical writes a value as RFC 8785 has it.
func canonical(out *strings.Builder, value any) error {
	switch value := value.(type) {
	case nil:
		out.WriteString("null")
	case bool:
		out.WriteString(strconv.FormatBool(value))
	case float64:
		// encoding/json prints a double as ECMAScript does, but for the sign of zero.
		if value == 0 {
			value = 0
		}
		text, err := json.Marshal(value)
		out.Write(text)
		return err
	case string:
		out.WriteString(quote(value))
	case []any:
		for i, item := range value {
			out.WriteByte("[,"[min(i, 1)])
			if err := canonical(out, item); err != nil {
				return err
			}
		}
		out.WriteString("[]"[min(len(value), 1):])
	case map[string]any:
		names := slices.SortedFunc(maps.Keys(value), func(a, b string) int {
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		})
		for i, name := range names {
			out.WriteByte("{,"[min(i, 1)])
			out.WriteString(quote(name) + ":")
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

// What strings escape: of the pairs for one character the first counts.
var quoter = func() *strings.Replacer {
	pairs := []string{`"`, `\"`, `\`, `\\`, "\b", `\b`, "\f", `\f`, "\n", `\n`, "\r", `\r`, "\t", `\t`}
	for c := range ' ' {
		pairs = append(pairs, string(c), fmt.Sprintf(`\u%04x`, c))
	}
	return strings.NewReplacer(pairs...)
}()

func quote(text string) string { return `"` + quoter.Replace(text) + `"` }
