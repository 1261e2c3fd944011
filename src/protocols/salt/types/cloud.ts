import { z } from 'zod'
import { type SaltType, saltEvent } from './salt-event.js'

const machine = {
  name: z.string(),
  provider: z.string().optional(),
  profile: z.string().optional(),
}
const event = { event: z.string().optional().meta({ description: 'Description of the event.' }) }
const instance = { instance_id: z.unknown().optional() }

const saltCloudCreating = () => saltEvent({ ...event, ...machine, driver: z.string().optional() })
export type SaltCloudCreating = z.infer<ReturnType<typeof saltCloudCreating>>

const saltCloudDeploying = () => saltEvent({ ...event, name: z.string().optional(), kwargs: z.unknown() })
export type SaltCloudDeploying = z.infer<ReturnType<typeof saltCloudDeploying>>

const saltCloudRequesting = () =>
  saltEvent({
    ...event,
    location: z.unknown().optional(),
    kwargs: z.unknown().optional(),
  })
export type SaltCloudRequesting = z.infer<ReturnType<typeof saltCloudRequesting>>

const saltCloudQuerying = () => saltEvent({ ...event, ...instance })
export type SaltCloudQuerying = z.infer<ReturnType<typeof saltCloudQuerying>>

const saltCloudTagging = () => saltEvent({ ...event, tags: z.unknown() })
export type SaltCloudTagging = z.infer<ReturnType<typeof saltCloudTagging>>

const saltCloudWaiting = () => saltEvent({ ...event, ip_address: z.string().optional() })
export type SaltCloudWaiting = z.infer<ReturnType<typeof saltCloudWaiting>>

const saltCloudScript = () => saltEvent(event)
export type SaltCloudScript = z.infer<ReturnType<typeof saltCloudScript>>

const saltCloudCreated = () => saltEvent({ ...event, ...machine, ...instance })
export type SaltCloudCreated = z.infer<ReturnType<typeof saltCloudCreated>>

const saltCloudDestroyed = () => saltEvent({ ...event, name: z.string(), ...instance })
export type SaltCloudDestroyed = z.infer<ReturnType<typeof saltCloudDestroyed>>

const saltCloudAction = () => saltEvent({ ...event, name: z.string().optional() })
export type SaltCloudAction = z.infer<ReturnType<typeof saltCloudAction>>

/** Machines that salt-cloud creates and destroys. The third segment of a tag is the name of the machine. */
export const cloudTypes: readonly SaltType[] = [
  {
    type: 'salt.cloud.creating',
    tags: ['salt/cloud/*/creating'],
    summary: 'A machine is about to be created.',
    display: '{name}[ on {provider}][, {profile}]',
    schema: saltCloudCreating,
    correlation: ['data.name'],
  },
  {
    type: 'salt.cloud.deploying',
    tags: ['salt/cloud/*/deploying'],
    summary: 'Salt is being deployed on a machine.',
    schema: saltCloudDeploying,
    correlation: ['data.name'],
  },
  {
    type: 'salt.cloud.requesting',
    tags: ['salt/cloud/*/requesting', 'salt/cloud/*/requesting/failed'],
    summary: 'A machine was requested from its provider, or the request failed.',
    schema: saltCloudRequesting,
  },
  {
    type: 'salt.cloud.querying',
    tags: ['salt/cloud/*/querying'],
    summary: 'The provider is asked for the state of a new machine.',
    schema: saltCloudQuerying,
    correlation: ['data.instance_id'],
  },
  {
    type: 'salt.cloud.tagging',
    tags: ['salt/cloud/*/tagging'],
    summary: 'Tags are being assigned to a new machine.',
    schema: saltCloudTagging,
  },
  {
    type: 'salt.cloud.waiting',
    tags: ['salt/cloud/*/waiting_for_ssh', 'salt/cloud/*/waiting_for_spot'],
    summary: 'Salt waits for a new machine to become ready.',
    display: '[{event}][, {ip_address}]',
    schema: saltCloudWaiting,
    correlation: ['data.ip_address'],
  },
  {
    type: 'salt.cloud.script',
    tags: ['salt/cloud/*/deploy_script', 'salt/cloud/*/deploy_windows'],
    summary: 'The setup script of a new machine is being run.',
    schema: saltCloudScript,
  },
  {
    type: 'salt.cloud.created',
    tags: ['salt/cloud/*/created'],
    summary: 'A machine was created.',
    display: '{name}[ on {provider}][, {instance_id}]',
    schema: saltCloudCreated,
    correlation: ['data.name', 'data.instance_id'],
  },
  {
    type: 'salt.cloud.destroying',
    tags: ['salt/cloud/*/destroying'],
    summary: 'A machine is about to be destroyed.',
    display: '{name}[, {instance_id}]',
    schema: saltCloudDestroyed,
    correlation: ['data.name', 'data.instance_id'],
  },
  {
    type: 'salt.cloud.destroyed',
    tags: ['salt/cloud/*/destroyed'],
    summary: 'A machine was destroyed.',
    display: '{name}[, {instance_id}]',
    schema: saltCloudDestroyed,
    correlation: ['data.name', 'data.instance_id'],
  },
  {
    type: 'salt.cloud.action',
    tags: ['salt/cloud/*/**', 'salt/cloud/loadbalancer/**', 'salt/cloud/disk/**', 'salt/cloud/subnet/**'],
    summary: 'Other actions of a driver: volumes, starts and stops, load balancers, disks.',
    schema: saltCloudAction,
    correlation: ['data.name'],
  },
]

declare module '../../../types/event-type.js' {
  interface EventTypes {
    'salt.cloud.creating': SaltCloudCreating
    'salt.cloud.deploying': SaltCloudDeploying
    'salt.cloud.requesting': SaltCloudRequesting
    'salt.cloud.querying': SaltCloudQuerying
    'salt.cloud.tagging': SaltCloudTagging
    'salt.cloud.waiting': SaltCloudWaiting
    'salt.cloud.script': SaltCloudScript
    'salt.cloud.created': SaltCloudCreated
    'salt.cloud.destroying': SaltCloudDestroyed
    'salt.cloud.destroyed': SaltCloudDestroyed
    'salt.cloud.action': SaltCloudAction
  }
}
