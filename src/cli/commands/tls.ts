import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { parseCount, reportFormatOption } from '../options.js'
import { report } from '../report.js'
import { factLines } from '../table.js'

interface Options {
  host?: string[]
  days: number
  force?: boolean
  config?: string
  data?: string
  format?: string
}

const DAYS = 3650

export function defineTls(program: Command, io: Io): void {
  const tls = define(program, 'tls', 'the certificate of the hub', {
    group: groups.hub,
    examples: [{ command: 'tocsin tls init', does: 'makes a certificate for this host' }],
  })
  const command = define(tls, 'init', 'make a certificate and its key, once', {
    notes: [
      'The certificate signs itself: clients trust exactly this one, by TOCSIN_CA. A running hub takes a new one at SIGHUP.',
    ],
    examples: [
      { command: 'tocsin tls init', does: 'for the name of this host, localhost and the loopback addresses' },
      { command: 'tocsin tls init --host bus.example.org --host 10.0.0.5', does: 'for these names as well' },
      { command: 'tocsin tls init --force', does: 'another one in place of the one there is' },
    ],
  })
  command
    .addOption(
      new Option('--host <name>', 'a name or address by which the hub is called').argParser(collectHost),
    )
    .addOption(new Option('--days <n>', 'how long it is good').argParser(parseCount).default(DAYS))
    .option('--force', 'overwrite the one there is')
    .option('--config <file>', 'configuration (default: TOCSIN_CONFIG, then the usual places)')
    .option('--data <folder>', 'where log and state are kept (default: the XDG state folder)')
  reportFormatOption(command).action((options: Options) => init(io, options))
}

async function init(
  io: Io,
  { host: given = [], days, force = false, config, data, format }: Options,
): Promise<void> {
  const [{ hostname }, { makeCertificate, writeCertificate }, { placeCertificate }] = await Promise.all([
    import('node:os'),
    import('../../hub/make-certificate.js'),
    import('../../hub/place-certificate.js'),
  ])
  const files = placeCertificate({ config, data })
  const names = [...new Set([...given, hostname(), 'localhost', '127.0.0.1', '::1'])]
  const made = await makeCertificate(names, days)
  writeCertificate(made, files, force)
  const { certificate, key } = files
  io.note(`clients trust it with TOCSIN_CA=${certificate}; a running hub takes it at SIGHUP`)
  const facts = { certificate, key, names, fingerprint: made.fingerprint, days }
  await report(io, format, [facts], () =>
    factLines(
      [
        ['certificate', certificate],
        ['key', key],
        ['names', names.join(', ')],
        ['SHA-256', made.fingerprint],
      ],
      undefined,
    ),
  )
}

function collectHost(given: string, before: string[] = []): string[] {
  if (!/^[A-Za-z0-9.:_-]{1,253}$/.test(given))
    throw new InvalidArgumentError('It is no host name or address.')
  return [...before, given]
}
