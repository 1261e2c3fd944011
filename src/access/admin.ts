/** The owner of the hub: may do everything. It exists without being configured. */
export const ADMIN = 'admin'
