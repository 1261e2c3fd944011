import { type Command, InvalidArgumentError, Option } from 'commander'
import { define, groups } from '../../help/define.js'
import { reportFormatOption } from '../../help/options.js'
import { parseCount, sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { factLines } from '../../terminal/table.js'

interface Options {
  host?: string[]
  days: number
  force?: boolean
  config?: string
  data?: string
  format?: string
}

/** The longest validity that Apple's systems accept, also of a certificate that the user trusts. */
const DAYS = 825

export function defineTls(program: Command, io: Io): void {
  const tls = define(program, 'tls', "Manage the hub's TLS certificate", {
    group: groups.hub,
    examples: [{ command: 'tocsin tls init', does: 'a certificate for this host' }],
  })
  const command = define(tls, 'init', 'Create a self-signed certificate and its key', {
    notes: [
      'Clients trust exactly this certificate when TOCSIN_CA names it. A running hub loads a new one on SIGHUP.',
    ],
    examples: [
      { command: 'tocsin tls init', does: "for this host's name, localhost and the loopback addresses" },
      {
        command: 'tocsin tls init --host bus.example.org --host 10.0.0.5',
        does: 'for more names and addresses',
      },
      { command: 'tocsin tls init --force', does: 'replace the existing certificate' },
    ],
  })
  command
    .addOption(
      new Option(
        '--host <name>',
        'additional host name or address of the hub; may be given several times',
      ).argParser(collectHost),
    )
    .addOption(new Option('--days <n>', 'validity in days').argParser(parseCount).default(DAYS))
    .addOption(sharedOption('--force'))
    .addOption(sharedOption('--config', { usual: 'TOCSIN_CONFIG, then the usual places' }))
    .addOption(sharedOption('--data', { usual: 'as configured' }))
  reportFormatOption(command).action((options: Options) => init(io, options))
}

async function init(
  io: Io,
  { host: given = [], days, force = false, config, data, format }: Options,
): Promise<void> {
  const [{ hostname }, { makeCertificate, writeCertificate }, { placeCertificate }] = await Promise.all([
    import('node:os'),
    import('../../../faces/shared/make-certificate.js'),
    import('./place-certificate.js'),
  ])
  const files = placeCertificate({ config, data })
  const names = [...new Set([...given, hostname(), 'localhost', '127.0.0.1', '::1'])]
  const made = await makeCertificate(names, days)
  writeCertificate(made, files, force)
  const { certificate, key } = files
  io.note(`clients trust it with TOCSIN_CA=${certificate}; a running hub loads it on SIGHUP`)
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
    throw new InvalidArgumentError('It is not a host name or address.')
  return [...before, given]
}
