/**
 * Which texts of a configuration are secret. They are kept beside the configuration, so that logs can mask them by
 * value, and the objects that hold them are dressed so that printing one by accident shows a mask.
 */
import type { MillraceConfig } from '../contract/config.ts';

const MASK = '***';
const remembered = new WeakMap<MillraceConfig, readonly string[]>();

/**
 * Every secret text of a configuration that `readConfig` made: passwords, passphrases and all that came from
 * `${file:...}` or from a variable with a telling name. Longest first, so that masking one doesn't leave the rest of
 * another. Empty for a configuration from elsewhere.
 */
export function secretsOf(config: MillraceConfig): readonly string[] {
  return remembered.get(config) ?? [];
}

/**
 * Freezes a configuration, remembers its secrets for `secretsOf` and makes JSON.stringify and util.inspect mask them;
 * reading, copying and cloning still give the values.
 */
export function seal(config: MillraceConfig, secrets: ReadonlySet<string>): MillraceConfig {
  const ordered = [...secrets].sort((a, b) => b.length - a.length);
  remembered.set(config, ordered);
  sealObject(config, secrets);
  return config;
}

function sealObject(target: object, secrets: ReadonlySet<string>): void {
  // The `lastIndex` of an expression is its own business.
  if (target instanceof RegExp) return;
  const secretKeys: string[] = [];
  for (const [key, value] of Object.entries(target)) {
    if (typeof value === 'object' && value !== null) sealObject(value, secrets);
    else if (secrets.has(String(value))) secretKeys.push(key);
  }
  if (secretKeys.length > 0) conceal(target, secretKeys);
  Object.freeze(target);
}

function conceal(target: object, keys: readonly string[]): void {
  const masked = (): unknown => {
    const copy = Array.isArray(target) ? [...target] : { ...target };
    for (const key of keys) Reflect.set(copy, key, MASK);
    return copy;
  };
  Object.defineProperty(target, 'toJSON', { value: masked });
  Object.defineProperty(target, Symbol.for('nodejs.util.inspect.custom'), { value: masked });
}
