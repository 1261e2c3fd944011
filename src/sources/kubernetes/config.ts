import { z } from 'zod'
import { httpUrl } from '../../config/values/http-url.js'
import { ON_THIS_MACHINE, OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { secretFile } from '../../config/values/path.js'
import { keepsSecrets } from '../../config/values/secret-url.js'
import { tlsClientConfig } from '../../config/values/tls-client.js'
import { duration } from '../../config/values/units.js'
import { entriesOf, entryName, eventPolicy, once, silentAfter } from '../entry.js'

/** Where Kubernetes puts what a pod needs to ask for something. */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

const entry = z
  .strictObject({
    name: entryName(
      'Name of the cluster. Its events have the tag `kubernetes/<name>/<namespace>/<kind>/<reason>`.',
    ),
    url: httpUrl()
      .default('https://kubernetes.default.svc')
      .describe('Address of the API server. Default: that for pods of the cluster.')
      .meta(ON_THIS_MACHINE),
    tokenFile: secretFile()
      .default(`${ACCOUNT}/token`)
      .describe('File with the token of a service account. Default: that of the pod.'),
    tls: tlsClientConfig
      .prefault({ ca: `${ACCOUNT}/ca.crt` })
      .describe('How the server is known. Default: by the authority that pods know.')
      .meta(ON_THIS_MACHINE),
    namespace: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: 'must be the name of a namespace' })
      .optional()
      .describe('Only events of this namespace. Absent: of all.'),
    fieldSelector: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe('A field selector for the server, such as `type!=Normal`.'),
    timeout: duration({ min: 100, max: 25_000 })
      .prefault('20s')
      .describe('How long an answer of the server may take.'),
    silentAfter,
    once,
    ...eventPolicy,
  })
  .refine(({ url }) => keepsSecrets(url), {
    error: 'a token needs https://, or an address of this machine',
    path: ['url'],
  })
export type KubernetesSourceConfig = z.output<typeof entry>
export const kubernetesSourcesConfig = entriesOf(entry.meta(OWNER_FROM_ELSEWHERE))
