/** Stands in for packages that fal's client imports and its queue never calls. */
export {}
