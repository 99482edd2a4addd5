/** Codes of what is wrong with a command line or with what it was set up with: stable, as those of refusals are. */

export const USAGES = {
  unknown_context: 'List contexts with `daybook context ls`; make one with `daybook context add`.',
  bad_context: 'Correct the file, or remove the context and add it again.',
  context_exists: 'Change it with `daybook context edit`, or remove it first.',
  secret_in_context:
    'Contexts hold no secrets: name a seed file, nats://host:4222?nkey=<seed file>, or keep such a URL in DAYBOOK_LOG.',
  verifier_of_another_ledger:
    'Say --key <verifier> of this one, use its context, or --context none, which trusts the key that it names.',
  no_public_key: '`daybook keys show <seed file>` prints the public key of a seed.',
  file_unreadable: 'Check its path and its permissions; nothing was done.',
  file_unwritable: 'Name a path in a folder that is there and that this user may write to.',
  setting_missing: 'Give the flag, set the variable, or use a context that has it.',
} as const;

export type UsageCode = keyof typeof USAGES;
