/** Name of the diagnostics channel on which `tocsin serve` says that the hub has started, before anybody is told. */
export const STARTED = 'tocsin:hub:started'

/** The argument with which this program is the process that starts programs for a hub. */
export const STARTING_PROCESS = '__start-programs'
