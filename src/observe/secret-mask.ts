/**
 * Masks secrets by value: wherever a text holds one, however it got there. It knows nothing of field names; masking by
 * path is `logging.redact`.
 */

/** What stands for a secret, and for a field that `redact` names. */
export const MASK = '***';

/**
 * A function that replaces each secret in a text, also where it is escaped as in JSON, in what Node prints or in a URL, and single
 * lines of a secret that has several. A secret of fewer than 4 characters is replaced only where it stands as a word: inside words
 * it would be found everywhere.
 */
export function maskOf(secrets: readonly string[]): (text: string) => string {
  const forms = [...new Set(secrets.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  if (forms.length === 0) return (text) => text;
  const pattern = new RegExp(forms.map(patternOf).join('|'), 'g');
  return (text) => text.replace(pattern, MASK);
}

/** The ways a secret may be written. */
function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const telling = lines.length > 1 ? lines.filter(isTelling) : [];
  return [secret, secret.trim(), ...telling]
    .filter((text) => text !== '')
    .flatMap((text) => {
      const inJson = JSON.stringify(text).slice(1, -1);
      // Node prints strings with the escapes of JSON in single quotes.
      return [text, inJson, inJson.replaceAll('\\"', '"'), inUrl(text)];
    });
}

/** Whether a line of a secret with several lines is worth masking by itself; `-----BEGIN KEY-----` and `}` are not. */
const isTelling = (line: string): boolean => line.length >= LINE_MIN && !line.startsWith('-----');

function inUrl(text: string): string {
  // A lone surrogate has no form in a URL.
  return /\p{Surrogate}/u.test(text) ? text : encodeURIComponent(text);
}

function patternOf(form: string): string {
  const literal = form.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return form.length < WORD_MAX ? `(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])` : literal;
}

const LINE_MIN = 12;
const WORD_MAX = 4;
