/** What a handler module imports from `millrace`. Nothing here loads a Kafka client. */
export type {
  HandlerContext,
  HandlerDefinition,
  HandlerLogger,
  HandlerRecord,
  OutgoingHeaders,
  OutgoingMessage,
  Schema,
  SchemaResult,
  ThreadIdentity,
} from './contract/handler.ts';
export { defineHandler, message, NonRetryableError, RetryableError } from './contract/handler.ts';
