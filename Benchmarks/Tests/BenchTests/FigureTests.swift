import Testing

@testable import Bench

@Suite("Figures are written in three digits that count")
struct FigureTests {
    @Test(
        "Numbers",
        arguments: [
            (0.01234, "0.012"), (1.239, "1.24"), (12.34, "12.3"), (123.4, "123"), (1234.5, "1,235"), (0.9999, "1.000"),
            (-2.5, "-2.50"), (1_234_567, "1,234,567"),
        ]
    )
    func numbers(value: Double, text: String) {
        #expect(short(value) == text)
    }

    @Test("Units")
    func units() {
        #expect(FigureUnit.perSecond.text(150_000) == "150,000/s")
        #expect(FigureUnit.seconds.text(0.0123) == "12.3 ms")
        #expect(FigureUnit.seconds.text(0) == "< 0.001 ms")
        #expect(FigureUnit.seconds.text(2.5) == "2.50 s")
        #expect(FigureUnit.microsecondsPerJob.text(15e-6) == "15.0 µs")
        #expect(FigureUnit.percent.text(0.005) == "0.500 %")
    }

    @Test("The median of an even number of values lies between the two in the middle")
    func evenMedian() {
        #expect(Spread([4, 1, 3, 2])?.median == 2.5)
        #expect(Spread([]) == nil)
    }

    @Test("A percentile is one of the values")
    func percentiles() {
        let values = (1...100).map(Double.init)
        #expect(percentile(values, 0.5) == 51)
        #expect(percentile(values, 0.99) == 100)
    }
}
