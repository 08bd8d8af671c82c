// Runs inside a Node function's own process, in the place of AWS's Node runtime.
//
// The same protocol as lambda_bootstrap.py: events on one inherited descriptor, answers on another,
// and `\0mark\0` on stdout once all that an invocation printed is written.
"use strict";
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const module_ = require("node:module");
const net = require("node:net");
const path = require("node:path");
const readline = require("node:readline");
const { pathToFileURL } = require("node:url");
const { format } = require("node:util");

const [events, answers] = process.argv.slice(2).map(Number);
const environment = process.env;
const root = environment.LAMBDA_TASK_ROOT;
let requestId = "init";

class Refused extends Error {
  constructor(kind, text) {
    super(text);
    this.name = kind;
  }
}

function printLike(level) {
  return (...words) => {
    const text = format(...words).replaceAll("\n", "\r");
    fs.writeSync(1, `${new Date().toISOString()}\t${requestId}\t${level}\t${text}\n`);
  };
}

// CDK's handlers send their answer to `https://host/path` whatever ResponseURL's scheme and port.
function answerOverHttp() {
  const request = https.request;
  const gateway = new URL(environment._LOCALCLOUD_GATEWAY);
  https.request = (options, ...rest) => {
    if (options?.hostname !== gateway.hostname) return request(options, ...rest);
    const { agent: _, ...plain } = options;
    return http.request({ ...plain, protocol: "http:", port: gateway.port }, ...rest);
  };
  module_.syncBuiltinESMExports();
}

// As in AWS's runtime, `import` finds what NODE_PATH names, as `require` does.
function importFromNodePath() {
  const require_ = module_.createRequire(path.join(root, "_"));
  module_.registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (error.code !== "ERR_MODULE_NOT_FOUND" || /^[./]|:/.test(specifier)) throw error;
        return next(pathToFileURL(require_.resolve(specifier)).href, context);
      }
    },
  });
}

async function load(name) {
  const [, file, attribute] = /^(.*?)\.([^./]+)$/.exec(name) ?? [];
  if (!file) throw new Refused("Runtime.MalformedHandlerName", "Bad handler");
  const found = ["", ".js", ".mjs", ".cjs"].map((end) => path.resolve(root, file) + end);
  const place = found.find((one) => fs.statSync(one, { throwIfNoEntry: false })?.isFile());
  if (!place) {
    const text = `Error: Cannot find module '${path.basename(file)}'`;
    throw new Refused("Runtime.ImportModuleError", text);
  }
  let loaded;
  try {
    loaded = await import(pathToFileURL(place).href);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new Refused("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`);
    }
    if (["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(error.code)) {
      throw new Refused("Runtime.ImportModuleError", `Error: ${error.message}`);
    }
    throw error;
  }
  const handler = loaded[attribute] ?? loaded.default?.[attribute];
  if (typeof handler !== "function") {
    const text = `${name} is undefined or not exported`;
    throw new Refused("Runtime.HandlerNotFound", text);
  }
  return handler;
}

function contextOf(message, finish) {
  return {
    awsRequestId: message.request_id,
    invokedFunctionArn: message.arn,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(message.deadline * 1000 - Date.now())),
    done: finish,
    succeed: (result) => finish(null, result),
    fail: (error) => finish(error ?? new Error("handler failed")),
  };
}

function call(handler, message) {
  return new Promise((resolve, reject) => {
    const finish = (error, result) => (error ? reject(error) : resolve(result));
    const returned = handler(message.event, contextOf(message, finish), finish);
    if (typeof returned?.then === "function") returned.then(resolve, reject);
    else if (handler.length < 3 && returned !== undefined) resolve(returned);
  });
}

function report(error, level) {
  const failure = error instanceof Error ? error : new Error(String(error));
  const trace = (failure.stack ?? "").split("\n").filter((line) => !line.includes(__filename));
  const facts = { errorType: failure.name, errorMessage: failure.message, trace };
  printLike("ERROR")(`${level}\t${JSON.stringify({ ...facts, stack: trace })}`);
  return facts;
}

function finish(mark, answer) {
  fs.writeSync(1, `\0${mark}\0\n`);
  fs.writeSync(answers, JSON.stringify(answer) + "\n");
}

async function invoke(handler, message) {
  requestId = message.request_id;
  if (message.trace_id) environment._X_AMZN_TRACE_ID = message.trace_id;
  let answer;
  try {
    answer = { result: JSON.stringify((await call(handler, message)) ?? null) };
  } catch (error) {
    answer = { error: report(error, "Invoke Error") };
  }
  finish(message.request_id, answer);
}

async function main() {
  for (const [name, level] of Object.entries({
    log: "INFO", info: "INFO", warn: "WARN", error: "ERROR", debug: "DEBUG", trace: "TRACE",
  })) console[name] = printLike(level);
  answerOverHttp();
  delete environment._LOCALCLOUD_GATEWAY;
  importFromNodePath();
  let handler;
  try {
    handler = await load(environment._HANDLER);
  } catch (error) {
    finish("init", { error: report(error, "Uncaught Exception") });
    process.exit(1);
  }
  finish("init", { error: null });
  const input = new net.Socket({ fd: events, readable: true, writable: false });
  for await (const line of readline.createInterface({ input })) {
    await invoke(handler, JSON.parse(line));
  }
  process.exit(0);
}

main();
