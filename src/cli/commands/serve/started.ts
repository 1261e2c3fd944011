/** Name of the diagnostics channel on which `tocsin serve` says that the hub has started, before anybody is told. */
export const STARTED = 'tocsin:hub:started'
