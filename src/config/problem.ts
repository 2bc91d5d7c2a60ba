// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
/**
 * Every kind of problem that reading a configuration can find: its stable code, what it is called and what mends it.
 * The codes are public: documentation links to them and scripts match them, so a number is never given to another
 * problem. Problems that are found later (a handler without a usable export, a missing topic) have their codes where
 * they are found.
 */
export const problems = {
  fileMissing: {
    code: 'MR101',
    title: 'A file is missing',
    remedy:
      'Create the file, or correct the path; relative paths start at the file that states them.',
  },
  fileUnreadable: {
    code: 'MR102',
    title: 'A file cannot be read',
    remedy: 'Name a regular file that this user may read.',
  },
  fileTooLarge: {
    code: 'MR103',
    title: 'A file is too large',
    remedy: 'A configuration file has at most 256 KiB; put pipelines into files of their own.',
  },
  notUtf8: {
    code: 'MR104',
    title: 'A file is not UTF-8 text',
    remedy: 'Save the file as UTF-8, without NUL characters.',
  },
  tooDeep: {
    code: 'MR105',
    title: 'Values are nested too deeply',
    remedy: 'Nest at most 32 maps and lists.',
  },
  fileEmpty: {
    code: 'MR106',
    title: 'A file says nothing',
    remedy: 'Write at least one pipeline with source.topics, source.groupId and handler.',
  },
  include: {
    code: 'MR107',
    title: 'An include does not work',
    remedy: 'Name files, or use * in the file name and **/ for folders; they hold pipelines only.',
  },
  syntax: {
    code: 'MR110',
    title: 'The text is not YAML',
    remedy: 'Correct the line; an editor with YAML support shows the place.',
  },
  duplicateKey: {
    code: 'MR111',
    title: 'A key is written twice in one map',
    remedy: 'Keep one of the two.',
  },
  manyDocuments: {
    code: 'MR112',
    title: 'A file holds more than one YAML document',
    remedy: 'Remove the line with ---, or use two files and name both with -c.',
  },
  tag: {
    code: 'MR113',
    title: 'A YAML tag or directive is not supported',
    remedy: 'Write plain values, without ! tags and % directives.',
  },
  alias: {
    code: 'MR114',
    title: 'A YAML alias cannot be used',
    remedy: 'Define the anchor above its alias, and use few of them.',
  },
  mergeKey: {
    code: 'MR115',
    title: 'Merge keys (<<) are not supported',
    remedy: 'Use the section defaults for what pipelines share.',
  },
  forbiddenKey: {
    code: 'MR116',
    title: 'A key has a name with a meaning in JavaScript',
    remedy: 'Rename it; __proto__, constructor and prototype are refused everywhere.',
  },
  badKey: {
    code: 'MR117',
    title: 'A key is not a name',
    remedy: 'Use a single word as key.',
  },
  variableUnset: {
    code: 'MR120',
    title: 'A variable is not set',
    remedy: 'Set it in the environment or with --env-file, or write ${NAME:-default}.',
  },
  substitution: {
    code: 'MR121',
    title: 'A substitution is malformed',
    remedy:
      'Write ${NAME}, ${NAME:-default}, ${NAME:?message} or ${file:path}, not nested; $$ is a dollar sign.',
  },
  override: {
    code: 'MR123',
    title: 'A --set cannot be used',
    remedy: 'Write --set section.key=value, with one YAML scalar as value.',
  },
  nodeOptions: {
    code: 'MR124',
    title: 'A variable of --env-file is for Node itself',
    remedy: 'Set NODE_OPTIONS in the environment, where it always acts.',
  },
  unknownKey: {
    code: 'MR130',
    title: 'A key is unknown',
    remedy: 'Correct the spelling or remove it.',
  },
  missingKey: {
    code: 'MR131',
    title: 'A required key is missing',
    remedy: 'Add it under the place that is shown.',
  },
  wrongType: {
    code: 'MR132',
    title: 'A value has the wrong type',
    remedy: 'Write a value of the type that the message names.',
  },
  outOfRange: {
    code: 'MR133',
    title: 'A value is out of its range',
    remedy: 'Choose a value between the limits that the message names.',
  },
  notAChoice: {
    code: 'MR134',
    title: 'A value is not one of those that are possible',
    remedy: 'Write one of the values that the message lists.',
  },
  quantity: {
    code: 'MR135',
    title: 'A duration or size is malformed',
    remedy:
      'Write a whole number and its unit without a space: 250ms, 5s, 10m, 2h, 1d; 512B, 64KiB, 1MiB, 1GiB.',
  },
  ambiguousNumber: {
    code: 'MR136',
    title: 'A number can be read in two ways',
    remedy: 'Write it as a decimal number without leading zeros, or in quotes if it is text.',
  },
  topicName: {
    code: 'MR140',
    title: 'A topic name is not legal in Kafka',
    remedy: 'Use 1 to 249 letters, digits, dots, underscores and hyphens, and not . or .. alone.',
  },
  topicPattern: {
    code: 'MR141',
    title: 'A topic pattern cannot be used',
    remedy: 'Write /regex/ or /regex/i that compiles and cannot run away on a long name.',
  },
  broker: {
    code: 'MR142',
    title: 'A broker address is malformed',
    remedy: 'Write host:port, an IPv6 address in brackets; user and password belong in kafka.sasl.',
  },
  pipelineId: {
    code: 'MR143',
    title: 'A pipeline id is malformed',
    remedy: 'Use 1 to 64 letters, digits, hyphens and underscores, a letter or digit first.',
  },
  instanceId: {
    code: 'MR144',
    title: 'An instance id is not legal in Kafka',
    remedy: 'Use 1 to 249 letters, digits, dots, underscores and hyphens, and not . or .. alone.',
  },
  limits: {
    code: 'MR150',
    title: 'Two values contradict each other',
    remedy: 'Change one of the two values that the message names.',
  },
  ownSink: {
    code: 'MR152',
    title: 'A pipeline writes to a topic that it reads',
    remedy: 'Send the results to another topic.',
  },
  cycle: {
    code: 'MR153',
    title: 'Pipelines feed each other in a circle',
    remedy: 'Break the circle: a record would travel it for ever.',
  },
  sharedGroup: {
    code: 'MR154',
    title: 'Two pipelines share a consumer group',
    remedy: 'Give each pipeline a groupId of its own.',
  },
  duplicateTopic: {
    code: 'MR155',
    title: 'A topic is listed twice',
    remedy: 'Keep one of the two.',
  },
  partitions: {
    code: 'MR156',
    title: 'Partitions are given for a topic that is not listed',
    remedy: 'List the topic by name in source.topics, and give partitions for every topic listed.',
  },
  noPipeline: {
    code: 'MR157',
    title: 'There is no pipeline to run',
    remedy: 'Enable or select at least one pipeline.',
  },
  concurrency: {
    code: 'MR158',
    title: 'The threads cannot hold that many records',
    remedy: 'Raise workers.threads or workers.concurrencyPerThread, or lower concurrency.',
  },
  instanceTwice: {
    code: 'MR161',
    title: 'Two pipelines are one static member of a group',
    remedy:
      'Give each pipeline a groupId or an instanceId of its own; they would fence each other.',
  },
  pipelineTwice: {
    code: 'MR159',
    title: 'A pipeline is defined twice',
    remedy: 'Rename or remove one of the two.',
  },
  only: {
    code: 'MR160',
    title: 'A pipeline that --only names cannot be selected',
    remedy: 'Name pipelines that the file defines and that are enabled.',
  },
  handlerPath: {
    code: 'MR170',
    title: 'A handler is not a path',
    remedy: 'Write ./file.ts or ./file.ts#exportName; .js, .mjs, .cjs, .ts and .mts are handlers.',
  },
  handlerMissing: {
    code: 'MR171',
    title: 'A handler file is missing',
    remedy:
      'Create the file, or correct the path; it starts at the folder of the file that states it.',
  },
  handlerOutside: {
    code: 'MR172',
    title: 'A handler is outside the folder of its configuration',
    remedy:
      'Move the handler into the folder of the configuration file or below; links are followed first.',
  },
  handlerNotAFile: {
    code: 'MR173',
    title: 'A handler is not a regular file',
    remedy: 'Name the module file itself, such as ./handlers/index.ts.',
  },
  handlerWritable: {
    code: 'MR174',
    title: 'Any user of the machine can change a handler',
    remedy: 'Take the write permission from others: chmod o-w.',
  },
  inlineSecret: {
    code: 'MR180',
    title: 'A secret is written in the configuration',
    remedy: 'Take it from a file or a variable: ${file:/run/secrets/name} or ${NAME}.',
  },
  unverifiedTls: {
    code: 'MR181',
    title: 'The certificate of the broker is not checked',
    remedy: 'Give the authority with kafka.tls.caFile instead.',
  },
  passwordInClear: {
    code: 'MR182',
    title: 'The password travels unencrypted',
    remedy: 'Set kafka.tls, or use a scram mechanism.',
  },
} as const;

export type ProblemName = keyof typeof problems;
