import { homedir } from 'node:os'
import type { SaltBusConfig } from '../config/parts/salt.js'
import type { SaltRestConfig } from '../config/parts/salt-rest.js'
import { expandHome } from '../config/paths.js'
import type { HalfReceived } from '../faces/held-bytes.js'
import { RestServer } from '../faces/salt/rest/server.js'
import type { EauthSettings } from '../faces/salt/rest/settings.js'
import type { ListenersOptions } from './listeners.js'
import { saltSource } from './salt-buses.js'

/** What salt-api offers, for a bus that listens already. */
export function makeSaltRest(
  {
    access,
    bus,
    runtime,
    config,
    refused,
    halfReceived,
  }: Pick<ListenersOptions, 'access' | 'bus' | 'runtime' | 'config' | 'refused'> & {
    halfReceived: HalfReceived
  },
  { bus: name, show, maxLag }: SaltBusConfig,
  settings: SaltRestConfig,
): RestServer {
  return new RestServer({
    bus,
    runtime,
    authorize: access.authorize,
    identify: access.identify,
    find: (principal) => access.find(principal),
    publisher: access.principal(saltSource(name)),
    show,
    maxLag,
    settings: { ...settings, eauth: withPaths(settings.eauth) },
    limits: config.limits.http,
    halfReceived,
    refused,
  })
}

function withPaths({ file, sharedsecret, ...rest }: EauthSettings): EauthSettings {
  return { ...rest, file: file && expanded(file), sharedsecret: sharedsecret && expanded(sharedsecret) }
}

function expanded<Settings extends { filename: string }>(settings: Settings): Settings {
  const filename = expandHome(settings.filename, { variables: process.env, home: homedir() })
  return { ...settings, filename }
}
