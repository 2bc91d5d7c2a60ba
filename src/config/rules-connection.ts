// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
/** What is incomplete or unwise about the connection to the cluster; only the first is an error. */
import type { CheckedRoot } from './checked.ts';
import type { Issues } from './issue.ts';
import type { ProblemName } from './problem.ts';
import { type ConfigNode, nodeAt, spotAt } from './tree.ts';

export function checkConnection({ kafka }: CheckedRoot, tree: ConfigNode, issues: Issues): void {
  const warn: Warn = (problem, path, message, hint) => {
    issues.add(problem, spotAt(tree, path), message, { path, hint, severity: 'warn' });
  };
  checkCertificate(kafka.tls, tree, issues);
  if (kafka.tls?.rejectUnauthorized === false) {
    const path = ['kafka', 'tls', 'rejectUnauthorized'];
    const message = 'the certificate of the broker is not checked: anybody can pose as the broker';
    warn('unverifiedTls', path, message, 'give the authority with kafka.tls.caFile');
  }
  if (
    kafka.sasl?.mechanism === 'plain' &&
    kafka.tls === null &&
    !issues.spoiled(['kafka', 'tls'])
  ) {
    const message = 'without TLS, plain sends the password unencrypted';
    const path = ['kafka', 'sasl', 'mechanism'];
    warn('passwordInClear', path, message, 'set kafka.tls, or use scram-sha-512');
  }
  warnOfInlineSecret(['kafka', 'sasl', 'password'], tree, warn);
  warnOfInlineSecret(['kafka', 'tls', 'passphrase'], tree, warn);
}

type Warn = (problem: ProblemName, path: readonly string[], message: string, hint: string) => void;

function checkCertificate(
  tls: CheckedRoot['kafka']['tls'],
  tree: ConfigNode,
  issues: Issues,
): void {
  const keys = ['certFile', 'keyFile'] as const;
  if (tls === null || keys.some((key) => issues.spoiled(['kafka', 'tls', key]))) return;
  const given = keys.filter((key) => tls[key] !== undefined);
  const [key] = given;
  if (given.length !== 1 || key === undefined) return;
  const path = ['kafka', 'tls', key];
  const message = 'kafka.tls: certFile and keyFile go together';
  issues.add('limits', spotAt(tree, path), message, { path });
}

/** A password in a file ends up in backups and in version control. */
function warnOfInlineSecret(path: readonly string[], tree: ConfigNode, warn: Warn): void {
  const node = nodeAt(tree, path);
  if (node?.kind !== 'scalar' || node.origins.length > 0 || !node.spot.source.isFile) return;
  const hint = 'take it from a file or a variable: ${file:/run/secrets/name} or ${NAME}';
  warn('inlineSecret', path, `${path.join('.')} is written in the file`, hint);
}
