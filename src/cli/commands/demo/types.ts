import { defineTypes } from '../../../types/index.js'

/** The types of the events of the demo. Its hub knows them besides its own types. */
export const demoTypes = defineTypes([
  {
    type: 'demo.log.line',
    tags: ['log/*/*'],
    summary: 'A program of a simulated host wrote a line.',
    display: '{line}',
  },
  {
    type: 'demo.deploy.started',
    tags: ['deploy/*/*/started'],
    summary: 'A version is being deployed to a simulated host.',
    display: '{app} {version} goes to {host}',
  },
  {
    type: 'demo.deploy.done',
    tags: ['deploy/*/*/done'],
    summary: 'A version runs on a simulated host.',
    display: '{app} {version} on {host} in {seconds|seconds}',
  },
  {
    type: 'demo.deploy.failed',
    tags: ['deploy/*/*/failed'],
    summary: 'A version does not run on a simulated host.',
    display: '{app} {version}: {reason}',
  },
  {
    type: 'demo.net.link',
    tags: ['net/*/*/*'],
    summary: 'A link of a simulated host went up or down.',
    display: '{link} is {state}[, change {flaps} in a row]',
  },
])
