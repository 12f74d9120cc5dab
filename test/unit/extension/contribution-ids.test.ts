import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import {
  commandIds,
  contextKeys,
  languageId,
  panelIds,
  settingIds,
  viewContainerIds,
  viewIds,
  walkthroughIds,
} from "../../../extension/contribution-ids";

const root = path.resolve(import.meta.dirname, "../../..");
const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
const { contributes } = manifest;
const sorted = (values: Iterable<string>) => [...new Set(values)].sort();

describe("package.json contributes what the code knows", () => {
  it("commands", () => {
    expect(sorted(contributes.commands.map((each: { command: string }) => each.command))).toEqual(
      sorted(Object.values(commandIds)),
    );
  });

  it("every command under one category, with a title and an icon", () => {
    for (const command of contributes.commands) {
      expect(command.category).toBe("Mixture of Skills");
      expect(command.title).toMatch(/^[A-Z]/);
      expect(command.icon).toMatch(/^\$\([a-z-]+\)$/);
    }
  });

  it("views, their container and the walkthrough", () => {
    expect(contributes.viewsContainers.activitybar[0].id).toBe(viewContainerIds.sidebar);
    const views = contributes.views[viewContainerIds.sidebar].map((view: { id: string }) => view.id);
    expect(views).toEqual(Object.values(viewIds));
    expect(contributes.walkthroughs.map((each: { id: string }) => each.id)).toEqual(
      Object.values(walkthroughIds),
    );
  });

  it("settings", () => {
    expect(sorted(Object.keys(contributes.configuration.properties))).toEqual(
      sorted(Object.values(settingIds)),
    );
  });

  it("the language", () => {
    expect(contributes.languages.map((each: { id: string }) => each.id)).toEqual([languageId]);
    expect(manifest.activationEvents).toContain(`onLanguage:${languageId}`);
  });

  it("an activation event for every kind of panel, or a reload would not restore it", () => {
    for (const id of Object.values(panelIds)) {
      expect(manifest.activationEvents).toContain(`onWebviewPanel:${id}`);
    }
  });
});

describe("package.json refers to what there is", () => {
  const text = JSON.stringify(contributes);

  it("menus, welcome texts and walkthroughs name contributed commands", () => {
    const known = new Set<string>(Object.values(commandIds));
    const inMenus = Object.values<{ command: string }[]>(contributes.menus).flat();
    const linked = [...text.matchAll(/command:(mos\.[A-Za-z]+)/gi)].map((match) => match[1]!);
    for (const id of [...inMenus.map(({ command }) => command), ...linked]) expect(known).toContain(id);
  });

  it("when clauses use contributed views, panels and context keys only", () => {
    const known = new Set<string>([
      ...Object.values(viewIds),
      ...Object.values(panelIds),
      ...Object.values(contextKeys),
    ]);
    const clauses = [...text.matchAll(/"(?:when|enablement)":"((?:[^"\\]|\\.)*)"/g)].map(
      (match) => match[1]!,
    );
    const used = clauses.flatMap((clause) => clause.match(/\bmos\.\w+/g) ?? []);
    expect(used.length).toBeGreaterThan(10);
    for (const id of used) expect(known).toContain(id);
  });

  it("files that exist, outside the bundles", () => {
    const files = [...text.matchAll(/"(?:\.\/)?((?:media|syntaxes)\/[^"]+)"/g)].map((match) => match[1]!);
    expect(files.length).toBeGreaterThan(8);
    for (const file of [...files, manifest.icon])
      expect(fs.existsSync(path.join(root, file)), file).toBe(true);
  });
});
