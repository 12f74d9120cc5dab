import "../panel.css";
import "./comparison-panel.css";
import { openPanelHost } from "../vscode-api";
import { ComparisonPanel } from "./comparison-panel-view";

new ComparisonPanel(openPanelHost()).open();
