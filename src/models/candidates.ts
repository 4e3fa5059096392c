import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { SettingsError } from "../errors.ts";
import { type EndpointSettings, type Settings, type StructuredMethod, settings } from "../settings.ts";
import type { ModelChoice, ModelRef, Models } from "../state/context.ts";
import { onceLoaded } from "../telemetry/once-loaded.ts";

/** A model that may answer a call, not yet loaded. */
export interface Candidate {
  /** The model's name, for events, prices and messages. */
  name: string;
  /** Undefined means the vendor's own endpoint. */
  baseUrl: string | undefined;
  free: boolean;
  structured: StructuredMethod;
  /** Whether its answers end by a `finish_reason`, so that one without it was cut. */
  saysWhyItEnds: boolean;
  /** The endpoint whose limits its calls share; undefined where none is known. */
  guardedBy: string | undefined;
  /** Its maximum output in tokens; null where only the endpoint knows it. */
  maxOutputTokens: number | null;
  /** Whether `load` can give it another maximum output. */
  canShrink: boolean;
  /** Whether whoever made it has set its temperature. */
  keepsTemperature: boolean;
  load: (maxOutputTokens: number | null, temperature?: number) => Promise<BaseChatModel>;
}

const openai = onceLoaded(() => import("./openai.ts"));
const offlineModel = onceLoaded(() => import("./offline/model.ts"));

/** Stands for the vendor's own endpoint. */
const VENDOR = "openai";

/** The name of the offline model, also as a value of `--model`. */
export const OFFLINE = "offline";

/**
 * The models for a role, in the order in which they are tried: the run's choice, else the settings' for this
 * role, else the role's own names where there is an endpoint, else the settings' for all.
 *
 * @throws SettingsError where the choice is empty, or names a model and there is no endpoint
 */
export function candidatesFor(
  role: string,
  models: Models | undefined,
  own: readonly string[] = [],
): Candidate[] {
  const choice = choiceFor(role, models);
  const from = settings();
  const ownEndpoint = Object.hasOwn(from.roles, role) ? from.roles[role] : undefined;
  const endpoint = ownEndpoint ?? from.endpoint;
  if (choice !== undefined) {
    const refs = listOf(choice);
    if (refs.length > 0) return refs.map((ref) => candidate(ref, endpoint, from));
    throw new SettingsError(
      "models",
      `The run's models name none for the role "${role}"; name at least one.`,
    );
  }
  if (!endpoint) return [offline()];
  const names = ownEndpoint || own.length === 0 ? endpoint.models : own;
  return names.map((name) => candidate(name, endpoint, from));
}

const listOf = (choice: ModelChoice): readonly ModelRef[] => (isList(choice) ? choice : [choice]);
const isList = (choice: ModelChoice): choice is readonly ModelRef[] => Array.isArray(choice);
const isModel = (models: Models): models is BaseChatModel => typeof models === "object" && "invoke" in models;

function choiceFor(role: string, models: Models | undefined): ModelChoice | undefined {
  if (models === undefined || typeof models === "string" || isModel(models) || Array.isArray(models)) {
    return models as ModelChoice | undefined;
  }
  const byRole = models as { readonly [role: string]: ModelChoice };
  return (Object.hasOwn(byRole, role) ? byRole[role] : undefined) ?? byRole["default"];
}

function candidate(ref: ModelRef, endpoint: EndpointSettings | undefined, from: Settings): Candidate {
  if (typeof ref !== "string") return given(ref);
  if (ref === OFFLINE) return offline();
  if (!endpoint) {
    throw new SettingsError(
      "OPENAI_API_KEY",
      `The model "${ref}" needs an endpoint: set OPENAI_API_KEY, or OPENAI_BASE_URL for a compatible one.`,
    );
  }
  return {
    name: ref,
    baseUrl: endpoint.baseUrl,
    free: false,
    structured: endpoint.structured,
    saysWhyItEnds: true,
    guardedBy: endpoint.baseUrl ?? VENDOR,
    maxOutputTokens: from.maxOutputTokens ?? null,
    canShrink: true,
    keepsTemperature: false,
    load: async (maxOutputTokens, temperature) =>
      (await openai()).openaiModel(ref, endpoint, maxOutputTokens, temperature),
  };
}

/** A caller's own model: structured answers by a forced tool call, which every LangChain vendor supports. */
function given(model: BaseChatModel): Candidate {
  return {
    name: nameOf(model),
    baseUrl: baseUrlOf(model),
    free: false,
    structured: "tools",
    saysWhyItEnds: false,
    guardedBy: baseUrlOf(model),
    maxOutputTokens: maxOutputOf(model),
    canShrink: false,
    keepsTemperature: true,
    load: async () => model,
  };
}

const offline = (): Candidate => ({
  name: OFFLINE,
  baseUrl: undefined,
  free: true,
  structured: "tools",
  saysWhyItEnds: true,
  guardedBy: undefined,
  maxOutputTokens: null,
  canShrink: false,
  keepsTemperature: false,
  load: async () => new (await offlineModel()).OfflineModel({}),
});

function nameOf(model: BaseChatModel): string {
  if ("model" in model && typeof model.model === "string") return model.model;
  if ("modelName" in model && typeof model.modelName === "string") return model.modelName;
  return model._llmType();
}

/** The maximum output that a caller's own model was made with, by the name that most vendors give it. */
function maxOutputOf(model: BaseChatModel): number | null {
  const max = "maxTokens" in model ? model.maxTokens : undefined;
  return typeof max === "number" && max > 0 ? max : null;
}

/** Where a caller's own OpenAI model asks; other vendors' models are priced by their names. */
function baseUrlOf(model: BaseChatModel): string | undefined {
  if (!("clientConfig" in model) || typeof model.clientConfig !== "object") return undefined;
  const { baseURL } = (model.clientConfig ?? {}) as { baseURL?: unknown };
  return typeof baseURL === "string" ? baseURL : undefined;
}
