/** Completion for bash: a function over the words so far; where it knows nothing, files. */
import type { Place } from './word-list.ts';
import { CONTEXT_FLAG, POSIX_CONTEXTS, quoted } from './word-list.ts';

export function bashScript(places: readonly Place[]): string {
  const known = places.filter(({ at }) => at !== '').map(({ at }) => at);
  const choices = places.flatMap(({ at, flags }) =>
    flags
      .filter(({ takesValue, choices: of }) => takesValue && of.length > 0)
      .map(({ names, choices: of }) => {
        const keys = names.map((name) => quoted(`${at}:${name}`)).join('|');
        return `    ${keys}) words=${quoted(of.join(' '))} ;;`;
      }),
  );
  const values = places.flatMap(({ at, flags }) =>
    flags
      .filter(({ takesValue, choices: of }) => takesValue && of.length === 0)
      .flatMap(({ names }) => names.map((name) => quoted(`${at}:${name}`))),
  );
  const words = places.map(({ at, verbs, flags, words: first, namesContext }) => {
    const names = flags.flatMap((flag) => flag.names);
    const bare = [...verbs.map(({ name }) => name), ...first];
    const offered = namesContext ? '$(__daybook_contexts)' : quoted(bare.join(' '));
    return `    ${quoted(at)}) bare=${offered} flags=${quoted(names.join(' '))} ;;`;
  });
  return `# bash completion of daybook: source <(daybook completion bash)
${POSIX_CONTEXTS}
_daybook() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' words='' bare='' flags='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at/\${COMP_WORDS[i]}" in
    ${known.map(quoted).join('|')}) at="$at/\${COMP_WORDS[i]}" ;;
    esac
  done
  if [[ $prev == ${CONTEXT_FLAG} ]]; then
    COMPREPLY=($(compgen -W "$(__daybook_contexts)" -- "$cur"))
    return
  fi
  case "$at:$prev" in
${choices.join('\n')}
    ${values.join('|')}) return ;;
  esac
  if [[ -z $words ]]; then
    case "$at" in
${words.join('\n')}
    esac
    if [[ $cur == -* ]]; then words=$flags; else words=$bare; fi
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _daybook daybook
`;
}
