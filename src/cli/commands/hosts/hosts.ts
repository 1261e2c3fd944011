import { type Command, Option } from 'commander'
import type { HostInfo } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import { jsonOption, type ReportOptions, reportOptions } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatCount } from '../../terminal/figures.js'

const STATES = ['error', 'silent', 'warning', 'ok', 'left'] as const
const ORDERS = ['trouble', 'name', 'last', 'events'] as const
interface HostsOptions extends ReportOptions {
  json?: boolean
}

interface HostListOptions extends HostsOptions {
  is?: HostInfo['state'][]
  kind?: string
  labelled?: Record<string, string>
  order?: (typeof ORDERS)[number]
  limit?: number
}

export function defineHosts(program: Command, io: Io): void {
  const hosts = define(program, 'hosts', 'Show the hosts of which the hub hears, the worst first', {
    group: groups.inspect,
    notes: [
      'A host is known by what it says: events under host/<name>/, of syslog, of Salt minions, of edge hubs. Aliases, labels and the time after which a host is silent are in `hosts` of the configuration.',
    ],
    examples: [
      { command: 'tocsin hosts', does: 'which machines are not well' },
      { command: "tocsin hosts list 'web*' '!web7' --is silent", does: 'web servers that say nothing' },
      { command: 'tocsin hosts show web1', does: 'all that is known of one' },
    ],
  })
  defineList(hosts, io)
  defineShow(hosts, io)
  defineRemove(hosts, io)
}

function defineList(hosts: Command, io: Io): void {
  const command = define(hosts, 'list [globs...]', 'List hosts, the worst first', {
    isDefault: true,
    notes: [
      'Globs are of names; one that begins with ! leaves hosts out. States, by the worst of the last hour: error, silent, warning, ok, left. A host has left if it has said that it goes.',
    ],
    examples: [
      { command: 'tocsin hosts list --is error --is silent', does: 'only those in trouble' },
      { command: 'tocsin hosts list --labelled site=fra --order name', does: 'all of a site, by name' },
      {
        command: 'tocsin hosts list --format json | jq -r \'select(.state == "silent") | .name\'',
        does: 'names of those that are silent',
      },
    ],
  })
  command
    .addOption(
      new Option('--is <state>', 'only hosts in this state; may be given several times')
        .choices(STATES)
        .argParser((state: string, before: string[] = []) => [...before, state]),
    )
    .option('--kind <name>', 'only hosts for which this kind of source speaks, such as syslog')
    .addOption(
      new Option(
        '--labelled <name=glob>',
        'only hosts with this label; may be given several times',
      ).argParser(addLabel),
    )
    .addOption(new Option('--order <by>', 'which come first').choices(ORDERS).default('trouble'))
    .addOption(sharedOption('--limit'))
  jsonOption(reportOptions(command)).action((globs: string[], options: HostListOptions) =>
    showList(io, globs, options),
  )
}

async function showList(io: Io, match: string[], options: HostListOptions): Promise<void> {
  const { ask } = await import('../../hub/connect.js')
  const { listOf } = await import('./host-list.js')
  const { is, kind, labelled, order, limit } = options
  const { hosts, states, more, untracked } = await ask(io, options, 'hosts.list', {
    match,
    ...(is && { states: is }),
    ...(kind !== undefined && { source: kind }),
    ...(labelled && { labels: labelled }),
    ...(order && { order }),
    ...(limit !== undefined && { limit }),
  })
  await report(io, formatOf(options), hosts, () => listOf(hosts, states, Date.now() * 1000, io.out.columns))
  if (more) io.note('there are more hosts; see --limit, and the globs and --is that choose among them')
  if (untracked !== undefined)
    io.note(`${formatCount(untracked)} events came from further hosts; see hosts.most in the configuration`)
}

function defineShow(hosts: Command, io: Io): void {
  const command = define(hosts, 'show <name>', 'Show a host: state, counts, description, last events', {
    examples: [
      { command: 'tocsin hosts show web1', does: 'all that is known of it' },
      { command: 'tocsin hosts show web1 --format json', does: 'the same for a program' },
    ],
  })
  jsonOption(reportOptions(command)).action(async (name: string, options: HostsOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const { pageOf } = await import('./host-page.js')
    const details = await ask(io, options, 'hosts.show', { name })
    await report(io, formatOf(options), [details], () => pageOf(details, Date.now() * 1000, io.out.columns))
  })
}

function defineRemove(hosts: Command, io: Io): void {
  const command = define(hosts, 'remove <names...>', 'Remove hosts that no longer exist', {
    changes: true,
    notes: [
      'A host that is heard again comes back. Hosts of which nothing is heard for `hosts.forgetAfter` are removed automatically.',
    ],
    examples: [{ command: 'tocsin hosts remove web7 web8', does: 'the hub no longer misses them' }],
  })
  jsonOption(reportOptions(command)).action(async (names: string[], options: HostsOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const { removed } = await ask(io, options, 'hosts.remove', { names })
    await report(io, formatOf(options), removed, () => removed.map((name) => `${name} is removed`))
  })
}

function addLabel(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=')
  return { ...before, [at < 0 ? text : text.slice(0, at)]: at < 0 ? '*' : text.slice(at + 1) }
}

function formatOf({ json, format }: HostsOptions): string | undefined {
  return json === true ? 'json' : format
}
