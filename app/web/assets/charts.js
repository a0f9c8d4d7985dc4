// Bars of the day and of boards; the same numbers stand beside them as tables.
import { BarChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([BarChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function options({ names, bars }, lying) {
  const words = { color: colour("quiet") };
  const line = { lineStyle: { color: colour("line") } };
  const category = { type: "category", data: names, axisLabel: words, axisLine: line, inverse: lying };
  const value = { type: "value", minInterval: 1, axisLabel: words, splitLine: line };
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: 16, top: bars.length > 1 ? 30 : 10, bottom: 4, containLabel: true },
    legend: { show: bars.length > 1, type: "scroll", top: 0, textStyle: words, pageTextStyle: words },
    tooltip: { trigger: "axis", renderMode: "richText" },
    xAxis: lying ? value : category,
    yAxis: lying ? category : value,
    series: bars.map((bar) => ({
      type: "bar", name: bar.name, stack: "all", data: bar.values, barMaxWidth: 26,
      itemStyle: { color: colour(bar.tone) },
    })),
  };
}

const data = JSON.parse(document.querySelector("[data-charts]").dataset.charts);
for (const box of document.querySelectorAll("[data-chart]")) {
  const { open, lying, ...what } = data[box.dataset.chart];
  if (lying) box.style.height = `${60 + 34 * what.names.length}px`;
  const chart = echarts.init(box);
  chart.setOption(options(what, lying));
  // A bar opens its own list, if it has one.
  chart.on("click", ({ seriesIndex, dataIndex }) => {
    const href = what.bars[seriesIndex].opens?.[dataIndex] ?? open;
    if (href) location.href = href;
  });
  new ResizeObserver(() => chart.resize()).observe(box);
  box.dataset.ready = "true";
}
