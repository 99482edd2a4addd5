/** Completion for fish: one line a verb and a flag, each where it belongs. */
import type { Place } from './word-list.ts';
import { CONTEXT_FLAG } from './word-list.ts';

export function fishScript(places: readonly Place[]): string {
  const known = places.filter(({ at }) => at !== '').map(({ at }) => quoted(at));
  const lines = places.flatMap(({ at, verbs, flags, words, namesContext }) => {
    const here = `complete -c daybook -n ${quoted(`__daybook_at ${quoted(at)}`)}`;
    return [
      ...verbs.map(({ name, description }) => `${here} -f -a ${name} -d ${quoted(description)}`),
      ...words.map((word) => `${here} -f -a ${quoted(word)}`),
      ...(namesContext ? [`${here} -f -a '(__daybook_contexts)'`] : []),
      ...flags.map(({ names, description, takesValue, choices }) => {
        const named = names.map((name) =>
          name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
        );
        const offered = names.includes(CONTEXT_FLAG) ? '(__daybook_contexts)' : choices.join(' ');
        const only = offered === '' ? '' : ` -f -a ${quoted(offered)}`;
        const value = takesValue ? ` -r${only}` : '';
        return `${here} ${named.join(' ')}${value} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# fish completion of daybook: daybook completion fish | source
function __daybook_contexts
  set -l config $HOME/.config
  set -q XDG_CONFIG_HOME; and set config $XDG_CONFIG_HOME
  for file in $config/daybook/context/*.json
    path basename $file | path change-extension ''
  end
end
function __daybook_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    if contains -- "$at/$word" ${known.join(' ')}
      set at "$at/$word"
    end
  end
  test "$at" = "$argv[1]"
end
${lines.join('\n')}
`;
}

/** In single quotes of fish, where a backslash escapes. */
const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
