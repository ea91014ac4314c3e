import FaultModel
import Testing

struct NumberSetTests {
    @Test(arguments: [
        ("3", [3]), ("2..5", [2, 3, 4, 5]), ("9+", [9, 10, 11, 12]), ("1..9+4", [1, 5, 9]), ("4+3", [4, 7, 10]),
        ("1,3, 5..6", [1, 3, 5, 6]),
    ])
    func `A written set means these numbers up to twelve`(text: String, numbers: [Int]) throws {
        let set = try #require(NumberSet(text))
        #expect((0...12).filter(set.contains) == numbers)
    }

    @Test(arguments: ["3", "2..5", "9+", "1..9+4", "4+3", "1,3,5..6"])
    func `A set is written as it was read`(text: String) throws {
        #expect(try #require(NumberSet(text)).description == text)
    }

    @Test(arguments: ["", "0", "-1", "+3", "5..2", "a", "1..", "..4", "1,,2", "1..2..3", "99999999999999999999", "1+0"])
    func `What is no set is refused`(text: String) {
        #expect(NumberSet(text) == nil)
    }

    @Test func `Neither a huge row of stretches nor a nonsensical one does harm`() {
        #expect(NumberSet(Array(repeating: "1", count: 65).joined(separator: ",")) == nil)
        let odd = NumberSet([NumberSet.Stretch(-5, -9, step: 0), NumberSet.Stretch(.max, nil, step: .max)])
        #expect(odd.contains(1))
        #expect(!odd.contains(2))
        #expect(odd.contains(.max))
        #expect(!odd.contains(.min))
    }
}
