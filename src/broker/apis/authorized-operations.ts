/**
 * What a client may do, as bits by the numbers of the operations in Kafka's AclOperation; without an authorizer that is all that
 * there is to do.
 */
export const TOPIC_OPERATIONS = 3576;
export const CLUSTER_OPERATIONS = 8096;
/** The client did not ask. */
export const UNASKED: number = -(2 ** 31);
