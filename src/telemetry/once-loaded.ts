/** Loads a module at its first use, once: every `import()` asks the module loader anew. */
export function onceLoaded<Module>(load: () => Promise<Module>): () => Promise<Module> {
  let loading: Promise<Module> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}
