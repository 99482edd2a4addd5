/** Seeds of NKeys (`S`, a letter for the kind of key, base32): whoever has one is its owner. */
const SEED = /S[A-Z2-7]{57}(?![A-Z2-7])/g;

export const withoutSeeds = (text: string): string => text.replace(SEED, '<seed>');
