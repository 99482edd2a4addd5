/** Completion for zsh: verbs with what they do, flags with what they mean, else files. */
import type { Place } from './word-list.ts';
import { CONTEXT_FLAG, POSIX_CONTEXTS, quoted } from './word-list.ts';

export function zshScript(places: readonly Place[]): string {
  const known = places.filter(({ at }) => at !== '').map(({ at }) => at);
  const cases = places.map(({ at, verbs, flags, words, namesContext }) => {
    const bare = [
      ...verbs.map(({ name, description }) => described(name, description)),
      ...words.map(quoted),
    ];
    const options = flags.flatMap(({ names, description }) =>
      names.map((name) => described(name, description)),
    );
    const offered = namesContext ? '$(__daybook_contexts)' : bare.join(' ');
    return `    ${quoted(at)}) bare=(${offered}) flags=(${options.join(' ')}) ;;`;
  });
  const values = places.flatMap(({ at, flags }) =>
    flags
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ names, choices }) =>
        names.map((name) => {
          const then =
            choices.length === 0 ? '_files' : `compadd -- ${choices.map(quoted).join(' ')}`;
          return `    ${quoted(`${at}:${name}`)}) ${then}; return ;;`;
        }),
      ),
  );
  return `#compdef daybook
# zsh completion of daybook: daybook completion zsh > "\${fpath[1]}/_daybook"
${POSIX_CONTEXTS}
_daybook() {
  local at='' i
  local -a bare flags
  for ((i = 2; i < CURRENT; i++)); do
    case "$at/\${words[i]}" in
    ${known.map(quoted).join('|')}) at="$at/\${words[i]}" ;;
    esac
  done
  if [[ \${words[CURRENT-1]} == ${CONTEXT_FLAG} ]]; then
    compadd -- $(__daybook_contexts)
    return
  fi
  case "$at:\${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$at" in
${cases.join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then _describe flag flags
  elif (( \${#bare} )); then _describe verb bare
  else _files; fi
}
if [ "$funcstack[1]" = _daybook ]; then _daybook "$@"; else compdef _daybook daybook; fi
`;
}

/** A colon parts word and description. */
const described = (name: string, description: string): string =>
  quoted(`${name.replaceAll(':', '\\:')}:${description}`);
