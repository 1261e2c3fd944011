import { homeFolder } from '../../../config/home.js'
import { formatProblem } from '../../../config/load.js'
import { version } from '../../../hub/version.js'
import type { HubStatus, SourceInfo } from '../../../methods/contract/index.js'
import { configuredSources } from '../../../sources/config.js'
import { aheadText, jumpText, longTurnsText, partFaultText } from '../../output/answers.js'
import { cgroupsText } from '../../output/cgroups.js'
import { faultAge, faultyRules, rulesText } from '../../output/rules.js'
import { formatSpan, plural } from '../../terminal/figures.js'
import { type Check, isOfHub, ok, statusOf, type Words, warning, wrong } from './finding.js'

const SHOWN_PROBLEMS = 20
/** ms */
const NOTICEABLE_TURN = 50
const CGROUP_ADVICE = 'run the hub as a service with `Delegate=yes`, or name a cgroup in `jobs.cgroup`'
const CLOCK_ADVICE =
  'check the clock; select events by number (@n) instead of time, or begin with a new data folder'

const configuration: Check = {
  name: 'configuration',
  async run(patient) {
    const { file = 'defaults', valid, problems } = patient.configuration
    if (!valid) {
      const next = `correct ${file}, then \`tocsin config check\``
      return problems
        .slice(0, SHOWN_PROBLEMS)
        .map((problem, i) => wrong(formatProblem(file, problem), i === 0 ? next : undefined))
    }
    const sound = ok(
      patient.configuration.file === undefined ? 'no file: everything is default' : `${file} is valid`,
    )
    const advised = patient.configuration.warnings.map((text) => warning(text))
    if (isOfHub(patient)) return [sound, ...advised]
    const used = statusOf(patient)?.config
    return [
      sound,
      ...advised,
      warning(
        `the running hub was started with ${used ?? 'no file'}`,
        `to check that one: \`tocsin doctor --config ${used ?? '<file>'}\``,
      ),
    ]
  },
}

const hub: Check = {
  name: 'hub',
  async run(patient) {
    if ('error' in patient.hub) {
      const { code, message } = patient.hub.error
      if (code === 'TCN_CLIENT_UNREACHABLE')
        return [warning('none is running here', 'start one with `tocsin serve`')]
      const next =
        code === 'TCN_ACCESS_DENIED'
          ? 'ask with a token or socket of an administrator'
          : `\`tocsin errors ${code}\``
      return [wrong(`${message} (${code})`, next)]
    }
    const { status } = patient.hub
    const runs = `tocsin ${status.version} on ${status.name}, pid ${status.pid}, up ${formatSpan(status.now - status.started)}`
    const { fault, held } = status.log
    const ahead = aheadText(status.log, status.now)
    const jump = jumpText(status.log)
    return [
      status.version === version
        ? ok(runs)
        : warning(`${runs}; this command is ${version}`, 'restart the hub with the same version'),
      ...(fault
        ? [wrong(`its log has failed: ${fault.message} (${fault.code})`, `\`tocsin errors ${fault.code}\``)]
        : []),
      ...(held ? [wrong(`nothing forwarded makes room: ${held.reason}`, held.remedy)] : []),
      ...(ahead === undefined ? [] : [warning(ahead, CLOCK_ADVICE)]),
      ...(jump === undefined ? [] : [warning(jump, 'set the clock if it is wrong')]),
      ...(status.damage ?? []).map((text) => wrong(text)),
      ...(status.faults ?? []).map((fault) =>
        warning(
          partFaultText(fault, status.now),
          `\`tocsin read hub/part/${fault.kind}/${fault.part} --from -1d\``,
        ),
      ),
      ...longTurns(status),
      ...(status.parked > 0
        ? [
            warning(
              `${plural(status.parked, 'event')} parked: they could not be processed`,
              'tocsin parked list',
            ),
          ]
        : []),
    ]
  },
}

/** A hub under load has a few turns that are a little too long. */
function longTurns({ loop, now }: HubStatus): Words[] {
  const { worst } = loop?.turns ?? {}
  const text = longTurnsText(loop?.turns, now)
  return text === undefined || worst === undefined || worst.ms < NOTICEABLE_TURN
    ? []
    : [warning(`the event loop was held up: ${text}`, 'report it with what that part does at the time')]
}

const sources: Check = {
  name: 'sources',
  async run(patient) {
    const configured = configuredSources(patient.config.sources).map(({ name }) => name)
    const status = statusOf(patient)
    if (status === undefined)
      return [ok(`configured: ${configured.join(', ') || 'none'}; nothing runs them now`)]
    const standby = status.sources.filter(({ state }) => state === 'standby').length
    const ill = status.sources.filter(({ state }) => state !== 'up' && state !== 'standby')
    const well = status.sources.length - ill.length - standby
    return [
      ...(well > 0 ? [ok(`${plural(well, 'source')} up`)] : []),
      ...(standby > 0 ? [ok(`${plural(standby, 'source')} on another hub of the cluster`)] : []),
      ...(status.sources.length === 0 ? [ok('the hub runs none')] : []),
      ...ill.map(({ name, state, since, reason }) => {
        const text = `${name} is ${state} for ${formatSpan(status.now - since)}${reason ? `: ${reason}` : ''}`
        return state === 'down' ? wrong(text, '`tocsin status`') : warning(text, '`tocsin gaps`')
      }),
      ...status.sources.flatMap(unavailable),
    ]
  },
}

const sinks: Check = {
  name: 'sinks',
  async run(patient) {
    const configured = Object.keys(patient.config.sinks)
    const { now = 0, sinks: running } = statusOf(patient) ?? {}
    if (running === undefined) return [ok(`configured: ${configured.join(', ') || 'none'}`)]
    const ill = running.filter(({ state }) => state !== 'up')
    const well = running.length - ill.length
    return [
      ...(well > 0 || running.length === 0 ? [ok(`${plural(well, 'sink')} up`)] : []),
      ...ill.map(({ name, state, since, reason }) => {
        const text = `${name} is ${state} for ${formatSpan(now - since)}${reason ? `: ${reason}` : ''}`
        return state === 'paused'
          ? warning(text, `\`tocsin sinks resume ${name}\``)
          : wrong(text, `\`tocsin sinks test ${name}\``)
      }),
    ]
  },
}

const rules: Check = {
  name: 'rules',
  async run(patient) {
    const configured = Object.keys(patient.config.rules)
    const { now = 0, rules: running } = statusOf(patient) ?? {}
    if (running === undefined) return [ok(`configured: ${configured.join(', ') || 'none'}`)]
    const text = rulesText(running) ?? 'the hub has none'
    return [
      running.some(({ state }) => state === 'down')
        ? wrong(text, '`tocsin read hub/rules --from -1d`')
        : ok(text),
      ...faultyRules(running).map((rule) =>
        warning(
          `${rule.name}: ${rule.fault}, ${faultAge(rule, now)} ago`,
          `\`tocsin rules show ${rule.name}\``,
        ),
      ),
    ]
  },
}

const jobs: Check = {
  name: 'jobs',
  async run(patient) {
    const { cgroups } = statusOf(patient)?.jobs ?? {}
    if (cgroups === undefined) return [ok('the hub runs none')]
    const { missing } = cgroups
    return [
      ok(cgroupsText(cgroups)),
      ...(missing.length === 0
        ? []
        : [
            warning(`they do not have the limits jobs.whole.${missing.join(', jobs.whole.')}`, CGROUP_ADVICE),
          ]),
    ]
  },
}

/** Returns the values that a running source cannot observe on this host. */
function unavailable({ name, details }: SourceInfo) {
  return Object.entries(details.unavailable ?? {}).map(([what, why]) =>
    warning(
      `${name} reports no ${what}: ${why}`,
      // Only this source has a setting for each thing that it observes.
      name === 'system' ? `to do without: sources.${name}.${what}: false` : undefined,
    ),
  )
}

/** Abbreviates the home folder in a path. */
export function short(path: string): string {
  const home = homeFolder()
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}

export const hubChecks = [configuration, hub, sources, sinks, rules, jobs]
