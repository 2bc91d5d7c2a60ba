import type { Broker } from './cluster.ts';

/**
 * The broker as it is, but for the requests of the group protocol, which carry an instance id: kafkajs has a place for it in
 * JoinGroup 5, SyncGroup 3, Heartbeat 3 and LeaveGroup 3, and never fills it.
 */
export function withInstanceId(broker: Broker, instanceId: string): Broker {
  const lookupRequest: Broker['lookupRequest'] = (apiKey, api) => {
    const make = broker.lookupRequest(apiKey, api);
    return (input) => make({ ...input, groupInstanceId: instanceId });
  };
  return Object.create(broker, { lookupRequest: { value: lookupRequest } }) as Broker;
}

/** Whether the broker says that another process has joined with the instance id of the one that asks. */
export const isFenced = (error: unknown): boolean =>
  (error as { type?: unknown }).type === 'FENCED_INSTANCE_ID';
